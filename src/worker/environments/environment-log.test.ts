// An environment's log: lines and frames become events, the tail is the invocation's, a flood fills its room and waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../foundation/clock.ts";
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import type { LogBatch } from "../../link/messages.ts";
import { createEnvironmentLog, type EnvironmentLog } from "./environment-log.ts";
import { LINE_BYTES_MAX } from "./log-lines.ts";

interface LogUnderTest {
  readonly log: EnvironmentLog;
  readonly clock: ReturnType<typeof createVirtualClock>;
  readonly batches: LogBatch[];
  readonly full: boolean[];
  /** Batches that wait for `settle`, when sending is held. */
  readonly held: Deferred<void>[];
  isHolding: boolean;
}

function aLog(): LogUnderTest {
  const clock = createVirtualClock(1_000);
  const made: Omit<LogUnderTest, "log"> = { clock, batches: [], full: [], held: [], isHolding: false };
  const target = {
    accountId: "111122223333",
    region: "us-east-1",
    logGroup: "g",
    logStream: "s",
    logFormat: "Text",
    systemLogLevel: undefined,
  };
  const log = createEnvironmentLog(clock, target, {
    send(batch) {
      made.batches.push(batch);
      if (!made.isHolding) return Promise.resolve();
      const deferred = createDeferred<void>();
      made.held.push(deferred);
      return deferred.promise;
    },
    onFull: (isFull) => void made.full.push(isFull),
  });
  return Object.assign(made, { log });
}

const messages = (of: LogUnderTest): string[] => of.batches.flatMap((it) => it.events.map((event) => event.message));
/** Lets what was resolved be heard. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));

function frame(text: string, atMs: number): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE((0xa55a0003 | (3 << 2)) >>> 0, 0);
  head.writeUInt32BE(body.length, 4);
  head.writeBigUInt64BE(BigInt(atMs) * 1000n, 8);
  return Buffer.concat([head, body]);
}

test("frames of the first form, which have no time, are of the time when they come", async () => {
  const of = aLog();
  const timeless = Buffer.concat([Buffer.from([0xa5, 0x5a, 0, 1, 0, 0, 0, 3]), Buffer.from("old")]);
  of.log.onTelemetry(Buffer.concat([timeless, frame("new", 77), timeless]));
  await of.log.flush();

  assert.deepEqual(messages(of), ["old\n", "new\n", "old\n"]);
});

test("lines come in any pieces; an unfinished one stands before the platform's next line", async () => {
  const of = aLog();
  of.log.onOutput(Buffer.from("one\ntw"));
  of.log.onOutput(Buffer.from("o\nrest"));
  of.log.platform({ type: "start", requestId: "r", version: "$LATEST", tracing: undefined });
  await of.log.flush();

  assert.deepEqual(messages(of), ["one\n", "two\n", "rest", "START RequestId: r Version: $LATEST\n"]);
});

test("a line over 256 KB is cut, a frame keeps its line ends and its own time", async () => {
  const of = aLog();
  of.log.onOutput(Buffer.from(`${"x".repeat(LINE_BYTES_MAX + 5)}\n`));
  const bytes = frame("a\nb", 77);
  of.log.onTelemetry(bytes.subarray(0, 9));
  of.log.onTelemetry(bytes.subarray(9));
  await of.log.flush();

  assert.deepEqual(
    messages(of).map((it) => it.length),
    [LINE_BYTES_MAX, 6, 4],
  );
  assert.deepEqual(of.batches.at(-1)?.events.at(-1), { timestampMs: 77, message: "a\nb\n" });
});

test("the tail is the last 4 KB since the invocation began, and only where somebody wants it", () => {
  const { log } = aLog();
  log.beginTail(true);
  log.onOutput(Buffer.from(`${"y".repeat(5_000)}\nend\n`));
  const tail = Buffer.from(log.tail(), "base64").toString();

  assert.deepEqual([tail.length, tail.slice(-5)], [4096, "\nend\n"]);
  log.beginTail(false);
  log.onOutput(Buffer.from("more\n"));
  assert.equal(log.tail(), "");
});

test("one batch is under way at a time; what could not be stored is sent again", async () => {
  const of = aLog();
  of.isHolding = true;
  of.log.onOutput(Buffer.from("first\n"));
  of.clock.advance(100);
  of.log.onOutput(Buffer.from("second\n"));
  of.clock.advance(1_000);
  assert.equal(of.batches.length, 1);

  of.isHolding = false;
  of.held[0]?.reject(new Error("services are away"));
  await settled();
  of.clock.advance(1_000);
  await settled();

  assert.deepEqual(messages(of), ["first\n", "first\n", "second\n"]);
});

test("a flood fills the log's room, waits, and goes on at the rate that a log has", async () => {
  const of = aLog();
  of.isHolding = true;
  const line = Buffer.from(`${"z".repeat(1_023)}\n`);
  for (let lines = 0; lines < 2_100; lines++) of.log.onOutput(line);
  assert.deepEqual(of.full, [true]);

  of.clock.advance(100);
  of.isHolding = false;
  of.held[0]?.resolve();
  await settled();
  assert.deepEqual(of.full, [true, false]);
  // A batch of 1 MiB has used a quarter of a second of 4 MiB/s.
  of.clock.advance(200);
  await settled();
  assert.equal(of.batches.length, 1);
  of.clock.advance(100);
  await settled();
  assert.equal(of.batches.length, 2);
});
