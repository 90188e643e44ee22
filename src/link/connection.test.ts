// The link over real sockets: calls both ways, bodies cut anywhere, and every way in which it ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { createDeferred, type Deferred } from "../foundation/deferred.ts";
import { Fault } from "../foundation/fault.ts";
import { aLinkEnd, aSocketPair, type SocketPair } from "./connection.fixtures.ts";
import type { Parcel } from "./connection.ts";

const ENDED = { name: "Fault", message: "the link has ended" };
const EMPTY = Buffer.alloc(0);

/** Bytes that tell where they stand. */
const ruler = Buffer.from(Uint8Array.from({ length: 6_291_456 }, (_, index) => (index * 31) ^ (index >> 8)));
const bytes = (length: number): Buffer => ruler.subarray(0, length);

test("calls go both ways at once and are answered in any order, each with its own answer", async () => {
  await using pair = await aSocketPair();
  const waiting = new Map<string, Deferred<Parcel>>();
  const allCame = createDeferred<void>();
  const onCall = (method: string): Promise<Parcel> => {
    const deferred = createDeferred<Parcel>();
    waiting.set(method, deferred);
    if (waiting.size === 6) allCame.resolve();
    return deferred.promise;
  };
  const [near, far] = [aLinkEnd(pair.near, { onCall }), aLinkEnd(pair.far, { onCall })];
  const names = ["a", "b", "c"];
  const answers = names.flatMap((it) => [near.connection.call(`near ${it}`, {}), far.connection.call(`far ${it}`, {})]);

  await allCame.promise;
  for (const [method, deferred] of [...waiting].toReversed()) deferred.resolve({ header: method, body: EMPTY });

  assert.deepEqual(
    (await Promise.all(answers)).map((it) => it.header),
    names.flatMap((it) => [`near ${it}`, `far ${it}`]),
  );
});

test("headers and bodies arrive as they were sent, whatever their size", async () => {
  await using pair = await aSocketPair();
  const { connection } = aLinkEnd(pair.near);
  aLinkEnd(pair.far);

  // Around what goes out in one piece with its head, around a chunk of the socket, and a whole payload of 6 MB.
  for (const length of [0, 1, (16 << 10) - 1, 16 << 10, (16 << 10) + 1, 65_536, 6_291_456]) {
    const header = { name: "größer als ASCII 🔥", nested: [1, null, { length }] };
    const answer = await connection.call("echo", header, bytes(length));

    assert.deepEqual(answer.header, { method: "echo", header });
    assert.ok(answer.body.equals(bytes(length)), `a body of ${length} bytes`);
  }
});

/** The bytes that an end sends for some notices. */
async function wireOf(sizes: readonly number[]): Promise<Buffer> {
  await using pair = await aSocketPair();
  const chunks: Buffer[] = [];
  pair.far.on("data", (chunk: Buffer) => chunks.push(chunk));
  const { connection } = aLinkEnd(pair.near);
  for (const size of sizes) connection.notify("n", { size }, bytes(size));
  pair.near.end();
  await once(pair.far, "end");
  return Buffer.concat(chunks);
}

/** Writes each piece when the one before it has been read, or the first of it. */
async function writeCut(pair: SocketPair, wire: Buffer, cuts: readonly number[]): Promise<void> {
  const places = [...new Set([0, ...cuts.map((it) => it % wire.length)])].toSorted((a, b) => a - b);
  for (const [index, place] of places.entries()) {
    const read = once(pair.near, "data");
    pair.far.write(wire.subarray(place, places[index + 1]));
    await read;
  }
}

test("small frames come out whole when cut in two at any place", async () => {
  const wire = await wireOf([0, 3, 1]);
  await using pair = await aSocketPair();
  const came: unknown[] = [];
  aLinkEnd(pair.near, { onNotice: (_, { header, body }) => came.push([header, [...body]]) });
  const expected = [0, 3, 1].map((size) => [{ size }, [...bytes(size)]]);

  for (let cut = 1; cut < wire.length; cut++) {
    await writeCut(pair, wire, [cut]);
    assert.deepEqual(came.splice(0), expected, `cut before byte ${cut}`);
  }
});

// The bytes of several frames are written to a real socket in pieces cut at random, with the socket's own taking in between.
test("frames come out whole wherever the stream is cut", async () => {
  const check = async (sizes: readonly number[], cuts: readonly number[]): Promise<void> => {
    const wire = await wireOf(sizes);
    await using pair = await aSocketPair();
    const came: Parcel[] = [];
    const { closed } = aLinkEnd(pair.near, { onNotice: (_, parcel) => came.push(parcel) });

    await writeCut(pair, wire, cuts);
    pair.far.end();
    await closed;

    assert.deepEqual(
      came.map(({ header, body }) => [header, body.length, body.equals(bytes(body.length))]),
      sizes.map((size) => [{ size }, size, true]),
    );
  };
  const size = fc.oneof(fc.nat(40), fc.integer({ min: 16_300, max: 16_500 }), fc.nat(200_000));
  const sizes = fc.array(size, { minLength: 1, maxLength: 5 });
  // Many cuts near the beginning fall into lengths, kinds and headers.
  const cuts = fc.array(fc.oneof(fc.nat(60), fc.nat()), { maxLength: 20 });
  await fc.assert(fc.asyncProperty(sizes, cuts, check), { numRuns: 60 });
});

test("a call that fails at the other end rejects with its message alone, and the link goes on", async () => {
  await using pair = await aSocketPair();
  const { connection } = aLinkEnd(pair.near);
  aLinkEnd(pair.far, {
    onCall(method, parcel) {
      if (method === "late") return Promise.reject(new Fault("no room", { context: { secret: "s" } }));
      if (method === "at once") throw new Error("no such call");
      return Promise.resolve(parcel);
    },
  });

  await assert.rejects(connection.call("late", {}), { name: "Fault", message: "no room", context: {} });
  await assert.rejects(connection.call("at once", {}), { name: "Fault", message: "no such call" });
  assert.deepEqual((await connection.call("well", { fine: true })).header, { fine: true });
});

test("notices come in order, before the answer to a call that was made after them", async () => {
  await using pair = await aSocketPair();
  const { connection } = aLinkEnd(pair.near);
  const came: unknown[] = [];
  aLinkEnd(pair.far, { onNotice: (method, { header, body }) => came.push([method, header, String(body)]) });

  connection.notify("first", { a: 1 });
  connection.notify("second", { b: 2 }, Buffer.from("body"));
  await connection.call("echo", {});

  assert.deepEqual(came, [
    ["first", { a: 1 }, ""],
    ["second", { b: 2 }, "body"],
  ]);
});

test("the end of the link rejects all that waits on both sides, and each side is told once", async () => {
  for (const who of ["near", "far"] as const) {
    await using pair = await aSocketPair();
    const called = createDeferred<void>();
    let calls = 0;
    const onCall = (): Promise<Parcel> => {
      if (++calls === 4) called.resolve();
      return createDeferred<Parcel>().promise;
    };
    const ends = { near: aLinkEnd(pair.near, { onCall }), far: aLinkEnd(pair.far, { onCall }) };
    const { near, far } = ends;
    const waiting = [near, near, far, far].map((it) => it.connection.call("never answered", {}));
    await called.promise;

    ends[who].connection.close();

    for (const call of waiting) await assert.rejects(call, ENDED);
    await Promise.all([near.closed, far.closed]);
    for (const it of [near, far]) it.connection.close();
    assert.deepEqual([near.closings(), far.closings()], [1, 1]);
  }
});

test("a socket that breaks under the link ends it", async () => {
  await using pair = await aSocketPair();
  const { connection, closed, closings } = aLinkEnd(pair.near);
  const waiting = connection.call("never answered", {});

  pair.far.resetAndDestroy();

  await assert.rejects(waiting, ENDED);
  await closed;
  assert.equal(closings(), 1);
});

test("after the end calls reject at once, and notices and late answers go nowhere", async () => {
  await using pair = await aSocketPair();
  const answer = createDeferred<Parcel>();
  const called = createDeferred<void>();
  const near = aLinkEnd(pair.near, {
    onCall() {
      called.resolve();
      return answer.promise;
    },
  });
  const far = aLinkEnd(pair.far);
  const waiting = far.connection.call("slow", {});
  await called.promise;

  near.connection.close();
  answer.resolve({ header: {}, body: EMPTY });
  near.connection.notify("late", {});

  await assert.rejects(near.connection.call("late", {}), ENDED);
  await assert.rejects(waiting, ENDED);
});

/** A frame as the link reads it, with a length of the test's choice. */
function frame(length: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length);
  return Buffer.concat([head, rest]);
}

function frameBody(json: string): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(4);
  head.writeUInt32LE(Buffer.byteLength(json), 5);
  return Buffer.concat([head, Buffer.from(json)]);
}

test("what is no frame ends the link: one over the bound before its bytes come, one too short, one that is not JSON", async () => {
  const broken = {
    "over the bound": frame((64 << 20) + 1, EMPTY),
    "too short": frame(3, bytes(3)),
    "not JSON": frame(9 + 5, frameBody("{oops")),
    "a header longer than the frame": frame(9, frameBody('{"m":"n"}').subarray(0, 9)),
  };
  for (const [name, wire] of Object.entries(broken)) {
    await using pair = await aSocketPair();
    const notices: string[] = [];
    const { connection, closed } = aLinkEnd(pair.near, { onNotice: (method) => notices.push(method) });
    const waiting = connection.call("never answered", {});

    pair.far.write(frame(9 + 9, frameBody('{"m":"n"}')));
    pair.far.write(wire);

    await closed;
    await assert.rejects(waiting, ENDED, name);
    assert.deepEqual(notices, ["n"], name);
  }
});

test("an answer to a call that nobody made is dropped", async () => {
  await using pair = await aSocketPair();
  const { connection } = aLinkEnd(pair.near);
  const stray = frameBody('{"h":1}');
  stray.writeUInt8(2);
  pair.far.write(frame(stray.length, stray));
  aLinkEnd(pair.far);

  assert.deepEqual((await connection.call("echo", 5)).header, { method: "echo", header: 5 });
});

test("parts go ahead of an answer, in their order, and no faster than they are used up", async () => {
  await using pair = await aSocketPair();
  const chunk = bytes(100 << 10);
  let waits = 0;
  aLinkEnd(pair.far, {
    async onCall(_method, _parcel, parts) {
      for (let number = 0; number < 8; number++) {
        if (parts.send({ header: { number }, body: chunk })) continue;
        waits++;
        await new Promise<void>((resolve) => parts.onRoom(resolve));
      }
      return { header: { last: true }, body: Buffer.from("end") };
    },
  });
  const { connection } = aLinkEnd(pair.near);
  const got: unknown[] = [];

  const answer = await connection.call("stream", {}, EMPTY, async ({ header, body }) => {
    await Promise.resolve();
    got.push([header, body.equals(chunk)]);
  });

  assert.deepEqual(
    got,
    Array.from({ length: 8 }, (_, number) => [{ number }, true]),
  );
  assert.deepEqual([answer.header, answer.body.toString()], [{ last: true }, "end"]);
  // A window of 256 KiB takes two of them, and the third fills it.
  assert.ok(waits >= 2, `it waited ${waits} times`);
});

test("parts that nobody uses up wait, until the link ends and nobody has to", async () => {
  await using pair = await aSocketPair();
  const roomed = createDeferred<void>();
  const came = createDeferred<void>();
  const far = aLinkEnd(pair.far, {
    onCall(_method, _parcel, parts) {
      parts.onRoom(roomed.resolve);
      assert.equal(parts.send({ header: {}, body: bytes(300 << 10) }), false);
      return new Promise(() => undefined);
    },
  });
  const { connection } = aLinkEnd(pair.near);
  const calling = connection.call("stream", {}, EMPTY, () => {
    came.resolve();
    return new Promise(() => undefined);
  });
  await came.promise;

  far.connection.close();

  await roomed.promise;
  await assert.rejects(calling, ENDED);
});
