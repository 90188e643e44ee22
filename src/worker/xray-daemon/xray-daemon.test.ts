// The daemon over a real socket: what is a segment is passed on in batches, everything else and too much is dropped.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { systemClock } from "../../foundation/clock.ts";
import { createDeferred } from "../../foundation/deferred.ts";
import type { SegmentBatch } from "../../link/messages.ts";
import { type DaemonPeer, openXRayDaemon, type XRayDaemon } from "./xray-daemon.ts";

const owner = { accountId: "111122223333", region: "us-east-1" };
const heading = '{"format": "json", "version": 1}';

async function send(daemon: XRayDaemon, ...texts: readonly string[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const text of texts)
    await new Promise<void>((resolve) => socket.send(text, daemon.port, daemon.host, () => resolve()));
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

async function aDaemon(ownerOf: DaemonPeer["ownerOf"] = () => owner) {
  const daemon = await openXRayDaemon({ host: "127.0.0.1", port: 0, clock: systemClock });
  let next = createDeferred<SegmentBatch>();
  daemon.serve({ ownerOf, send: (batch) => next.resolve(batch) });
  return {
    daemon,
    async batch(): Promise<SegmentBatch> {
      const batch = await next.promise;
      next = createDeferred();
      return batch;
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

test("segments of one owner go on together, without their headings", async () => {
  await using world = await aDaemon();
  await send(
    world.daemon,
    `${heading}\n{"id":"1"}`,
    "no segment",
    `{"format":"xml","version":1}\n<a/>`,
    `{"version":1,"format":"json"}\n{"id":"2"}`,
  );

  assert.deepEqual(await world.batch(), { ...owner, documents: ['{"id":"1"}', '{"id":"2"}'] });
});

test("nobody's segments are dropped; an owner can be told by address or by trace", async () => {
  const asked: (string | undefined)[] = [];
  await using world = await aDaemon((address, traceId) => {
    asked.push(address, traceId());
    return traceId() === "1-a" ? owner : undefined;
  });
  await send(world.daemon, `${heading}\nnot json`, `${heading}\n{"trace_id":"1-b"}`, `${heading}\n{"trace_id":"1-a"}`);

  assert.deepEqual((await world.batch()).documents, ['{"trace_id":"1-a"}']);
  assert.deepEqual(asked, ["127.0.0.1", undefined, "127.0.0.1", "1-b", "127.0.0.1", "1-a"]);
});

test("a source that floods loses what is over its bound until the next batch", async () => {
  await using world = await aDaemon();
  await send(world.daemon, ...Array.from({ length: 300 }, (_, index) => `${heading}\n${index}`));
  const first = await world.batch();
  assert.ok(first.documents.length <= 200, `${first.documents.length} came`);
  assert.equal(first.documents[0], "0");

  await send(world.daemon, `${heading}\nlater`);
  while (!(await world.batch()).documents.includes("later"));
});
