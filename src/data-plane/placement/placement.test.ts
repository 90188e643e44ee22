// Which worker is chosen, how one is waited for, and what a worker says over its link.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import type { Connection, Parcel } from "../../link/connection.ts";
import type { EnvironmentSpec, InvocationHeader, Preparation } from "../../link/messages.ts";
import { aHello } from "../../link/messages.fixtures.ts";
import { createPlacement } from "./placement.ts";

const EMPTY = Buffer.alloc(0);

/** A link that notes what is called and answers all of it alike. */
function aConnection(answer: Parcel = { header: {}, body: EMPTY }) {
  const called: [string, unknown, Buffer | undefined][] = [];
  const connection: Connection = {
    call(method, header, body) {
      called.push([method, header, body]);
      return Promise.resolve(answer);
    },
    notify: () => undefined,
    pendingBytes: () => 0,
    close: () => undefined,
  };
  return { connection, called };
}

const never = new AbortController().signal;

const aPreparation: Preparation = {
  runtime: "nodejs26.x",
  memoryMiB: 128,
  codeSha256: "c",
  handler: "index.handler",
  ownVariables: [],
  environment: {},
};

test("all who wait for a worker get the one that joins", async () => {
  const placement = createPlacement();
  const waiting = [placement.choose(never), placement.choose(never)];

  const worker = placement.join(aHello(), aConnection().connection);

  assert.deepEqual(await Promise.all(waiting), [worker, worker]);
  assert.equal(await placement.choose(never), worker);
});

test("an abort ends the wait with its reason, and only the wait of the one who went away", async () => {
  const placement = createPlacement();
  const abort = new AbortController();
  const reason = new Error("the client went away");
  const [gone, staying] = [placement.choose(abort.signal), placement.choose(never)];

  abort.abort(reason);

  await assert.rejects(gone, reason);
  await assert.rejects(placement.choose(abort.signal), reason);
  const worker = placement.join(aHello(), aConnection().connection);
  assert.equal(await staying, worker);
});

test("a wait that has ended leaves nothing on the signal", async () => {
  const placement = createPlacement();
  const { signal } = new AbortController();
  const waiting = placement.choose(signal);

  placement.join(aHello(), aConnection().connection);

  await waiting;
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a worker that has left is chosen no more, and leaving twice takes no other along", async () => {
  const placement = createPlacement();
  const first = placement.join(aHello({ workerId: "first" }), aConnection().connection);
  const second = placement.join(aHello({ workerId: "second" }), aConnection().connection);

  placement.leave(first);
  placement.leave(first);

  assert.deepEqual(placement.workers(), [second]);
  assert.equal(await placement.choose(never), second);
  placement.leave(second);
  const waiting = placement.choose(never);
  const third = placement.join(aHello({ workerId: "third" }), aConnection().connection);
  assert.equal(await waiting, third);
});

test("what a worker is asked goes over its link, headers and bodies as they are", async () => {
  const { connection, called } = aConnection({ header: { functionError: undefined }, body: Buffer.from("answer") });
  const worker = createPlacement().join(aHello(), connection);
  const spec = { environmentId: "e" } as EnvironmentSpec;
  const header = { environmentId: "e", requestId: "r" } as InvocationHeader;
  const event = Buffer.from("event");

  await worker.start(spec);
  const invoked = await worker.invoke(header, event);
  await worker.stop("e");
  await worker.prepare(aPreparation);

  assert.deepEqual(invoked, { result: { functionError: undefined }, body: Buffer.from("answer") });
  assert.deepEqual(called, [
    ["startEnvironment", spec, undefined],
    ["invoke", header, event],
    ["stopEnvironment", { environmentId: "e" }, undefined],
    ["prepare", aPreparation, undefined],
  ]);
});
