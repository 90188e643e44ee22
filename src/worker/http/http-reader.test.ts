// Requests as clients may cut them: whatever the pieces, the same requests come out; what is no HTTP is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HttpHeaders, HttpReader, type RequestHead } from "./http-reader.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly trailers: HttpHeaders;
}

/** Feeds the text in pieces of the given sizes, over and over, and gives what came out. */
function read(
  text: string,
  sizes: readonly number[],
): { seen: Seen[]; isBroken: boolean; cuts: number; heads: RequestHead[] } {
  const seen: Seen[] = [];
  const heads: RequestHead[] = [];
  let isBroken = false;
  let cuts = 0;
  const reader = new HttpReader({
    onRequest(head) {
      heads.push(head);
      let body = "";
      return {
        data: (chunk) => (body += chunk.toString("latin1")),
        end: (trailers) => seen.push({ method: head.method, path: head.path, body, trailers }),
        cut: () => cuts++,
      };
    },
    onBroken: () => (isBroken = true),
  });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    reader.read(bytes.subarray(at, at + size));
    at += size;
  }
  reader.end();
  return { seen, isBroken, cuts, heads };
}

const plain = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
function chunked(path: string, parts: readonly string[], trailer: string): string {
  const chunks = parts.filter((it) => it !== "").map((it) => `${it.length.toString(16)};ext=1\r\n${it}\r\n`);
  return `POST ${path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\nX-Error: ${trailer}\r\n\r\n`;
}

const word = fc.string({ unit: fc.constantFrom("a", "\r", "\n", "0", ":", " ", "z"), maxLength: 40 });
const aRequest = fc.oneof(
  word.map((body) => ({ text: plain("/p", body), body, trailers: {} })),
  fc
    .array(word, { maxLength: 4 })
    .map((parts) => ({ text: chunked("/c", parts, "late"), body: parts.join(""), trailers: { "x-error": "late" } })),
);

test("pipelined requests of both framings come out whole, wherever they are cut", () => {
  fc.assert(
    fc.property(
      fc.array(aRequest, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
      (requests, sizes) => {
        const { seen, isBroken, cuts } = read(requests.map((it) => it.text).join(""), sizes);

        assert.deepEqual([isBroken, cuts], [false, 0]);
        assert.deepEqual(
          seen.map(({ body, trailers }) => ({ body, trailers })),
          requests.map(({ body, trailers }) => ({ body, trailers })),
        );
      },
    ),
  );
});

test("a body that ends too early is told as cut", () => {
  assert.deepEqual(
    [
      "POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
      "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    ].map((text) => read(text, [7]).cuts),
    [1, 1],
  );
});

test("what is no HTTP, or of two framings at once, is refused", () => {
  for (const text of [
    "nonsense\r\n\r\n",
    "GET http://elsewhere/ HTTP/1.1\r\n\r\n",
    "GET / HTTP/2\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    `GET / HTTP/1.1\r\nX: ${"y".repeat(3 << 20)}\r\n\r\n`,
  ]) {
    assert.equal(read(text, [65_536]).isBroken, true, text.slice(0, 60));
  }
});

test("whether the connection ends and whether the client waits to go on is read from the head", () => {
  const heads = read(
    "GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.1\r\nConnection: close\r\n\r\nPOST /c HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
    [1000],
  ).heads;

  assert.deepEqual(
    heads.map((it) => [it.isLast, it.expectsContinue]),
    [
      [true, false],
      [true, false],
      [false, true],
    ],
  );
});
