// The Telemetry and Logs APIs: what is asked is checked, what happens is sent in batches over real sockets, what is lost is told.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../foundation/clock.ts";
import { EventBuffer } from "./event-buffer.ts";
import { parseSubscription, type SubscriptionRequest } from "./subscription-request.ts";
import { Telemetry, type TelemetryRecord } from "./telemetry.ts";
import { eventsFor } from "./telemetry-record.ts";

const asked = (more: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: "2022-12-13",
      types: ["platform", "function"],
      destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:8080/events?a=b" },
      ...more,
    }),
  );

function aRequest(more: Partial<SubscriptionRequest> = {}): SubscriptionRequest {
  const parsed = parseSubscription("2022-07-01", asked());
  assert.ok(!("invalid" in parsed));
  return { ...parsed, buffering: { itemsMax: 1000, bytesMax: 262_144, timeoutMs: 25 }, ...more };
}

const line = (text: string): TelemetryRecord => ({ category: "function", atMs: 0, line: text });

test("a subscription is taken with AWS's defaults and limits", () => {
  assert.deepEqual(parseSubscription("2022-07-01", asked()), {
    api: "2022-07-01",
    schemaVersion: "2022-12-13",
    categories: ["platform", "function"],
    buffering: { itemsMax: 10_000, bytesMax: 262_144, timeoutMs: 1_000 },
    destination: { protocol: "HTTP", port: 8080, path: "/events?a=b" },
  });
  const invalid = (more: object): string => {
    const parsed = parseSubscription("2022-07-01", asked(more));
    return "invalid" in parsed ? parsed.invalid : "taken";
  };
  assert.match(invalid({ types: ["weather"] }), /^types must be/u);
  assert.match(invalid({ schemaVersion: "1999-01-01" }), /^schemaVersion must be/u);
  assert.match(
    invalid({ buffering: { maxItems: 999 } }),
    /^buffering\.maxItems must be an integer from 1000 to 10000/u,
  );
  assert.match(invalid({ buffering: { timeoutMs: 24.5 } }), /^buffering\.timeoutMs/u);
  assert.match(invalid({ destination: { protocol: "HTTP", URI: "http://169.254.169.254/" } }), /host must be sandbox/u);
  assert.match(invalid({ destination: { protocol: "HTTP", URI: "https://sandbox:1/" } }), /must be an http/u);
  assert.match(invalid({ destination: { protocol: "TCP", port: 70_000 } }), /port must be a port/u);
  assert.equal(invalid({ destination: { protocol: "TCP", port: 70 } }), "taken");
});

test("each API and schema tells the same in its own form", () => {
  const report: TelemetryRecord = {
    category: "platform",
    type: "platform.report",
    atMs: 0,
    record: { requestId: "r", status: "success", metrics: { durationMs: 1 } },
  };
  const time = "1970-01-01T00:00:00.000Z";
  const json = (events: readonly string[]): unknown => events.map((it) => JSON.parse(it) as unknown);

  const [text, object] = ['{"a":1}', '{"a":1}'].map((it, index) =>
    json(eventsFor(line(it), aRequest({ schemaVersion: index === 0 ? "2022-07-01" : "2022-12-13" }))),
  );
  const logs = json(eventsFor(report, aRequest({ api: "2020-08-15", schemaVersion: "2020-08-15" })));

  assert.deepEqual(text, [{ time, type: "function", record: '{"a":1}' }]);
  assert.deepEqual(object, [{ time, type: "function", record: { a: 1 } }]);
  assert.deepEqual(logs, [
    { time, type: "platform.end", record: { requestId: "r" } },
    { time, type: "platform.report", record: { requestId: "r", metrics: { durationMs: 1 } } },
  ]);
  assert.deepEqual(eventsFor({ category: "extension", atMs: 0, line: "x" }, aRequest()), []);
});

test("a buffer takes four batches; what finds no room is counted", () => {
  const buffer = new EventBuffer({ itemsMax: 2, bytesMax: 100, timeoutMs: 25 });

  for (let number = 0; number < 10; number++) buffer.add(`event ${number}`);

  assert.deepEqual(buffer.takeDropped(), { records: 2, bytes: 14 });
  assert.deepEqual(buffer.take(), ["event 0", "event 1"]);
  assert.equal(buffer.takeDropped(), undefined);
});

/** A subscriber that listens by HTTP, and everything it got. */
async function aListener(status = 200) {
  const got: { type: string; record: unknown }[] = [];
  const arrived: (() => void)[] = [];
  const server = createHttpServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      if (status === 200) got.push(...(JSON.parse(Buffer.concat(chunks).toString()) as typeof got));
      response.writeHead(status).end();
      for (const it of arrived.splice(0)) it();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    got,
    port: (server.address() as AddressInfo).port,
    next: () => new Promise<void>((resolve) => arrived.push(resolve)),
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function aTelemetry(): Telemetry & Disposable {
  const telemetry = new Telemetry({
    clock: systemClock,
    address: { host: "127.0.0.1", localAddress: undefined },
    onSubscribed: () => undefined,
  });
  telemetry.open();
  return telemetry;
}

test("a subscriber gets what happened before it too, in batches; after initialisation nobody can subscribe", async () => {
  using listener = await aListener();
  using telemetry = aTelemetry();
  telemetry.publish(line("early"));

  const verdict = telemetry.subscribe(
    "e",
    aRequest({ destination: { protocol: "HTTP", port: listener.port, path: "/" } }),
  );
  telemetry.publish(line("late"));
  telemetry.seal();
  const refused = telemetry.subscribe("other", aRequest());
  await listener.next();

  assert.deepEqual(
    listener.got.map((it) => it.record),
    ["early", "late"],
  );
  assert.deepEqual([verdict.accepted, refused.accepted], [true, false]);
  assert.ok(!refused.accepted && refused.errorType === "Telemetry.SubscriptionClosed");
});

test("by TCP each event is a line", async () => {
  let got = "";
  const { promise: both, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) =>
    socket.on("data", (chunk: Buffer) => {
      got += chunk.toString();
      if (got.split("\n").length === 3) resolve();
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  using telemetry = aTelemetry();
  telemetry.subscribe(
    "e",
    aRequest({ destination: { protocol: "TCP", port: (server.address() as AddressInfo).port } }),
  );

  telemetry.publish(line("one"));
  telemetry.publish(line("two"));
  await both;

  assert.deepEqual(
    got
      .trimEnd()
      .split("\n")
      .map((it) => (JSON.parse(it) as { record: unknown }).record),
    ["one", "two"],
  );
  server.close();
});

test("a dead port costs its subscriber the events, and holds up nobody; when it is there it is told what it missed", async () => {
  const placeholder = await aListener();
  const { port } = placeholder;
  placeholder[Symbol.dispose]();
  using telemetry = aTelemetry();
  telemetry.subscribe("dead", aRequest({ destination: { protocol: "HTTP", port, path: "/" } }));
  using alive = await aListener();
  telemetry.subscribe("alive", aRequest({ destination: { protocol: "HTTP", port: alive.port, path: "/" } }));

  telemetry.publish(line("one"));
  await alive.next();
  await telemetry.flush();

  assert.equal(alive.got.length, 1);
});

test("what could not be sent is told with what can be", async () => {
  using failing = await aListener(503);
  using telemetry = aTelemetry();
  const destination = { protocol: "HTTP" as const, port: failing.port, path: "/" };
  telemetry.subscribe("e", aRequest({ destination }));
  telemetry.publish(line("lost"));
  await telemetry.flush();

  failing[Symbol.dispose]();
  const bound = createHttpServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      told.push(...(JSON.parse(Buffer.concat(chunks).toString()) as typeof told));
      response.end();
    });
  });
  const told: { type: string; record: { droppedRecords?: number; reason?: string } }[] = [];
  bound.listen(failing.port, "127.0.0.1");
  await once(bound, "listening");
  telemetry.publish(line("kept"));
  await telemetry.flush();
  bound.close();
  bound.closeAllConnections();

  assert.deepEqual(
    told.map((it) => it.type),
    ["function", "platform.logsDropped"],
  );
  assert.equal(told[1]?.record.droppedRecords, 1);
  assert.match(told[1]?.record.reason ?? "", /^could not send events: the subscriber answered 503/u);
});
