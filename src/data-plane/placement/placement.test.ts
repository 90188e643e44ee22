// Which worker gets a new environment, how room is waited for and made, and what a worker says over its link.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { createVirtualClock } from "../../foundation/clock.ts";
import type { Connection, Parcel } from "../../link/connection.ts";
import type { EnvironmentSpec, Hello, InvocationHeader, Preparation } from "../../link/messages.ts";
import { aHello } from "../../link/messages.fixtures.ts";
import { ServiceException } from "../../model/operation.ts";
import { createPlacement, type PlaceRequest, type Placed, ROOM_WAIT_MS, WORKER_WAIT_MS } from "./placement.ts";
import { aWorker, type FakeWorker } from "./worker.fixtures.ts";

const EMPTY = Buffer.alloc(0);
const never = new AbortController().signal;

/** A link that notes what is called and answers all of it alike. */
function aConnection(answer: Parcel = { header: {}, body: EMPTY }) {
  const called: [string, unknown, Buffer | undefined][] = [];
  const connection: Connection = {
    call(method, header, body) {
      called.push([method, header, body]);
      return Promise.resolve(answer);
    },
    notify: () => undefined,
    close: () => undefined,
  };
  return { connection, called };
}

const aPreparation: Preparation = {
  runtime: "nodejs26.x",
  memoryMiB: 128,
  localPath: undefined,
  codeSha256: "c",
  layerSha256s: [],
  handler: "index.handler",
  ownVariables: [],
  environment: {},
};

/** Placement with these workers, and a way to ask for room that notes who was evicted. */
function aPlacement(...hellos: Partial<Hello>[]) {
  const clock = createVirtualClock();
  const placement = createPlacement({ clock, random: () => 0 });
  const add = (hello: Partial<Hello> = {}): FakeWorker => {
    const worker = aWorker({}, hello);
    placement.take(worker);
    placement.open(worker);
    return worker;
  };
  const evicted: string[] = [];
  let serial = 0;
  const ask = (given: Partial<PlaceRequest> = {}, signal = never): Promise<Placed> => {
    const environmentId = `e${++serial}`;
    const evict = (id: string): void => void evicted.push(id);
    return placement.place({ memoryMiB: 512, codeSha256: "code", environmentId, evict, ...given }, signal);
  };
  return { placement, clock, add, ask, evicted, workers: hellos.map(add) };
}
const workerIdOf = ({ reservation }: Placed): string => reservation.worker.hello.workerId;

test("all who wait for a worker get room on the one that joins, once it is open", async () => {
  const { placement, ask } = aPlacement();
  const waiting = [ask(), ask()];
  const worker = placement.join(aHello(), aConnection().connection);

  placement.open(worker);

  assert.deepEqual(
    (await Promise.all(waiting)).map((it) => it.reservation.worker),
    [worker, worker],
  );
  assert.equal(await placement.anyWorker(never), worker);
});

test("an abort ends the wait with its reason, and only the wait of the one who went away", async () => {
  const { ask, add, placement } = aPlacement();
  const abort = new AbortController();
  const reason = new Error("the client went away");
  const [gone, staying, some] = [ask({}, abort.signal), ask(), placement.anyWorker(abort.signal)];

  abort.abort(reason);

  await assert.rejects(gone, reason);
  await assert.rejects(some, reason);
  await assert.rejects(ask({}, abort.signal), reason);
  const worker = add();
  assert.equal((await staying).reservation.worker, worker);
});

test("a wait that has ended leaves nothing on the signal", async () => {
  const { ask, add } = aPlacement();
  const { signal } = new AbortController();
  const waiting = ask({}, signal);

  add();

  await waiting;
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("without room the wait ends after ten seconds with a service exception, without any worker after a minute", async () => {
  for (const [hellos, waitMs] of [
    [[{ memoryMiB: 512 }], ROOM_WAIT_MS],
    [[], WORKER_WAIT_MS],
  ] as const) {
    const { ask, clock } = aPlacement(...hellos);
    if (hellos.length > 0) await ask();
    const ended: unknown[] = [];
    const waiting = ask().catch((error: unknown) => ended.push(error));

    clock.advance(waitMs - 1);
    await Promise.resolve();
    assert.equal(ended.length, 0);
    clock.advance(1);
    await waiting;

    const [error] = ended;
    assert.ok(error instanceof ServiceException);
    assert.deepEqual([error.status, error.code], [500, "ServiceException"]);
  }
});

test("room that comes free goes to who has waited the longest, with the time that was waited", async () => {
  const { ask, clock } = aPlacement({ memoryMiB: 1024 });
  const [first, second] = [await ask(), await ask()];
  const waiting = [ask(), ask()];
  clock.advance(700);

  first.reservation[Symbol.dispose]();
  first.reservation[Symbol.dispose]();
  second.reservation[Symbol.dispose]();

  const placed = await Promise.all(waiting);
  assert.deepEqual(
    placed.map((it) => [it.reservation.environmentId, it.waitedMs]),
    [
      ["e3", 700],
      ["e4", 700],
    ],
  );
});

test("what finds no room has idle environments ended, the least recently used first, no more than needed, no provisioned ones", async () => {
  const { ask, evicted } = aPlacement({ memoryMiB: 2048 });
  const placed = [await ask(), await ask(), await ask(), await ask()];
  for (const [which, isEvictable] of [
    [1, true],
    [3, false],
    [0, true],
    [2, true],
  ] as const) {
    placed[which]?.reservation.initialised();
    placed[which]?.reservation.idle(isEvictable);
  }
  placed[1]?.reservation.busy();
  placed[1]?.reservation.idle(true);

  await ask({ memoryMiB: 1024 });

  assert.deepEqual(evicted, ["e1", "e3"]);
});

test("idle environments count by what they really use, once the worker has said so", async () => {
  const { ask, placement, workers, evicted } = aPlacement({ memoryMiB: 1024 });
  const [worker] = workers;
  assert.ok(worker !== undefined);
  for (const placed of [await ask(), await ask()]) placed.reservation.idle(true);

  placement.report(worker, { availableMiB: 900, environments: 2, idleEachMiB: 40 });
  await ask();

  assert.deepEqual(evicted, []);
});

test("a worker whose machine has no memory left gets nothing, whatever is counted", async () => {
  const { ask, placement, workers } = aPlacement({ workerId: "full" }, { workerId: "other" });
  await ask();
  await ask();
  const [full] = workers;
  assert.ok(full !== undefined);

  placement.report(full, { availableMiB: 100, environments: 1, idleEachMiB: undefined });

  assert.deepEqual([workerIdOf(await ask()), workerIdOf(await ask())], ["other", "other"]);
});

test("an environment larger than every worker goes to one that has nothing else", async () => {
  const { ask } = aPlacement({ memoryMiB: 256 });

  const placed = await ask({ memoryMiB: 10_240 });

  assert.equal(workerIdOf(placed), "worker-1");
});

test("equal workers are taken in turn; one that has the code is taken before, unless it starts too much already", async () => {
  const { ask } = aPlacement({ workerId: "a", memoryMiB: 100_000 }, { workerId: "b", memoryMiB: 100_000 });
  const first = [await ask({ codeSha256: "1" }), await ask({ codeSha256: "2" })];
  assert.deepEqual(first.map(workerIdOf), ["a", "b"]);
  for (const { reservation } of first) reservation.initialised();

  assert.equal(workerIdOf(await ask({ codeSha256: "2" })), "b");
  assert.equal(workerIdOf(await ask({ codeSha256: "1" })), "a");
  const more: string[] = [];
  for (let asked = 0; asked < 4; asked++) more.push(workerIdOf(await ask({ codeSha256: "1" })));
  assert.ok(more.includes("b"), more.join(" "));
});

test("a worker that drains gets nothing new, and one that has left neither", async () => {
  const { ask, placement, workers } = aPlacement({ workerId: "a" }, { workerId: "b" }, { workerId: "c" });
  const [a, b] = workers;
  assert.ok(a !== undefined && b !== undefined);

  assert.equal(placement.drain("a"), a);
  assert.equal(placement.drain("unknown"), undefined);
  placement.leave(b);
  placement.leave(b);
  placement.leave(a);
  placement.take(a);
  placement.open(a);

  for (let asked = 0; asked < 4; asked++) assert.equal(workerIdOf(await ask()), "c");
  assert.deepEqual(
    placement.list().map((it) => [it.hello.workerId, it.isOpen]),
    [
      ["c", true],
      ["a", false],
    ],
  );
});

test("of very many workers some are compared, and a free one is found wherever it is", async () => {
  const hellos = Array.from({ length: 200 }, (_, index) => ({ workerId: `w${index}`, memoryMiB: 512 }));
  const { ask } = aPlacement(...hellos);

  const ids = new Set<string>();
  for (let asked = 0; asked < 200; asked++) ids.add(workerIdOf(await ask({ codeSha256: `${asked}` })));

  assert.equal(ids.size, 200);
});

// Whatever is placed, used and ended, the sizes of what works never exceed the worker, and nothing is counted in the end.
test("in no interleaving is a worker given more than it has, or room lost", async () => {
  const step = fc.record({
    do: fc.constantFrom("place", "idle", "busy", "end"),
    which: fc.nat(),
    size: fc.constantFrom(128, 512, 1024),
  });
  const check = async (steps: readonly { do: string; which: number; size: number }[]): Promise<void> => {
    const { ask, placement, clock } = aPlacement(
      { workerId: "a", memoryMiB: 2048 },
      { workerId: "b", memoryMiB: 1024 },
    );
    const held: (Placed & { size: number; isBusy: boolean; id: string })[] = [];
    for (const it of steps) {
      const one = held[it.which % Math.max(1, held.length)];
      if (it.do === "place") {
        const evict = (id: string): void =>
          void held.splice(
            held.findIndex((other) => other.id === id),
            1,
          );
        const id = `p${it.which}/${held.length}/${clock.nowMs()}`;
        const asked = ask({ memoryMiB: it.size, environmentId: id, evict }).catch(() => undefined);
        clock.advance(ROOM_WAIT_MS);
        const placed = await asked;
        if (placed !== undefined) held.push({ ...placed, size: it.size, isBusy: true, id });
      } else if (one !== undefined && it.do === "idle") {
        one.reservation.idle(true);
        one.isBusy = false;
      } else if (one !== undefined && it.do === "busy" && placement.list().every((w) => w.usedMiB <= 1024)) {
        one.reservation.busy();
        one.isBusy = true;
      } else if (one !== undefined && it.do === "end") {
        one.reservation[Symbol.dispose]();
        held.splice(held.indexOf(one), 1);
      }
      for (const { hello, usedMiB } of placement.list()) {
        const own = held.filter((other) => workerIdOf(other) === hello.workerId);
        assert.equal(
          usedMiB,
          own.reduce((sum, other) => sum + other.size, 0),
        );
        assert.ok(own.length <= 1 || usedMiB <= hello.memoryMiB);
      }
    }
    for (const { reservation } of held) reservation[Symbol.dispose]();
    assert.deepEqual(
      placement.list().map((it) => [it.usedMiB, it.environments]),
      [
        [0, 0],
        [0, 0],
      ],
    );
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), check));
});

test("what a worker is asked goes over its link, headers and bodies as they are", async () => {
  const { connection, called } = aConnection({ header: { functionError: undefined }, body: Buffer.from("answer") });
  const worker = aPlacement().placement.join(aHello(), connection);
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

test("of several full workers the one whose environment was idle for the longest makes room", async () => {
  const { ask, evicted } = aPlacement({ workerId: "a", memoryMiB: 1024 }, { workerId: "b", memoryMiB: 1024 });
  const placed = [await ask(), await ask(), await ask(), await ask()];
  for (const it of [placed[1], placed[0], placed[3], placed[2]]) it?.reservation.idle(true);

  await ask();
  await ask();

  assert.deepEqual(evicted, ["e2", "e1"]);
});

test("room that comes free in the moment in which its waiter goes away is not lost, and the next one gets it", async () => {
  const { ask, placement } = aPlacement({ memoryMiB: 512 });
  const first = await ask();
  const abort = new AbortController();
  const [gone, next] = [ask({}, abort.signal), ask()];

  abort.abort(new Error("the client went away"));
  first.reservation[Symbol.dispose]();

  await assert.rejects(gone);
  (await next).reservation[Symbol.dispose]();
  assert.deepEqual(
    placement.list().map((it) => [it.usedMiB, it.environments]),
    [[0, 0]],
  );
});

test("a large one that gives up no longer holds up the smaller ones behind it", async () => {
  const { ask, clock } = aPlacement({ memoryMiB: 1024 });
  await ask();
  const large = ask({ memoryMiB: 1024 });
  clock.advance(ROOM_WAIT_MS - 1);
  const small = ask({ memoryMiB: 256 });

  clock.advance(1);

  await assert.rejects(large);
  assert.equal((await small).waitedMs, 1);
});

test("where sizes are given away but memory is not used, one more starts as long as all of its own is there", async () => {
  const { ask, workers, placement } = aPlacement({ memoryMiB: 1024 });
  const [worker] = workers;
  assert.ok(worker !== undefined);
  await ask({ memoryMiB: 1024 });

  placement.report(worker, { availableMiB: 800, environments: 1, idleEachMiB: undefined });
  const placed = await ask({ memoryMiB: 512 });
  const waiting = ask({ memoryMiB: 1024 });
  placed.reservation[Symbol.dispose]();
  placement.report(worker, { availableMiB: 1200, environments: 1, idleEachMiB: undefined });

  assert.equal((await waiting).reservation.worker, worker);
});
