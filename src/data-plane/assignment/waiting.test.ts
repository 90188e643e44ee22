// Requests that wait for an environment: whichever comes first serves them, and what fails fails no more than it must.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import type { EnvironmentStarted } from "../../link/messages.ts";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { ServiceException } from "../../model/operation.ts";
import { aStart, aWorker } from "../placement/worker.fixtures.ts";
import { type AssignmentWorld, anAssignment, type Given, settle } from "./assignment.fixtures.ts";

const never = new AbortController().signal;
const version = aFunctionVersion();

/** An assignment whose starts end when the test says so. */
function slowStarts(given: Given = {}): AssignmentWorld & { starts: Deferred<EnvironmentStarted>[] } {
  const starts: Deferred<EnvironmentStarted>[] = [];
  const start = (): Promise<EnvironmentStarted> => {
    const deferred = createDeferred<EnvironmentStarted>();
    starts.push(deferred);
    return deferred.promise;
  };
  return { ...anAssignment({ plays: { start }, ...given }), starts };
}

test("a request that waits for a start takes an environment that is set free before, and the new one stays as idle", async () => {
  const { assignment, starts } = slowStarts();
  const first = assignment.lease(version, never);
  await settle();
  starts[0]?.resolve(aStart());
  const busy = await first;
  const second = assignment.lease(version, never);
  await settle();

  busy[Symbol.dispose]();
  const served = await second;
  starts[1]?.resolve(aStart());
  await settle();

  assert.equal(served.environmentId, busy.environmentId);
  assert.equal(served.started, undefined);
  assert.deepEqual(
    assignment.list().map((it) => it.state),
    ["Busy", "Idle"],
  );
});

test("a start that nobody waits for any more serves the next request: no other is begun for it", async () => {
  const { assignment, starts } = slowStarts();
  const first = assignment.lease(version, never);
  await settle();
  starts[0]?.resolve(aStart());
  const busy = await first;
  const second = assignment.lease(version, never);
  await settle();
  busy[Symbol.dispose]();
  await second;

  const third = assignment.lease(version, never);
  await settle();
  assert.equal(starts.length, 2);
  starts[1]?.resolve(aStart());

  assert.notEqual((await third).environmentId, busy.environmentId);
});

test("requests are served in the order in which they came, by whichever start ends first", async () => {
  const { assignment, starts } = slowStarts();
  const order: string[] = [];
  const waiting = ["a", "b"].map(async (name) => {
    await assignment.lease(version, never);
    order.push(name);
  });
  await settle();

  starts[1]?.resolve(aStart());
  await settle();
  starts[0]?.resolve(aStart());
  await Promise.all(waiting);

  assert.deepEqual(order, ["a", "b"]);
});

test("a start that fails fails no request that something else serves", async () => {
  const { assignment, starts } = slowStarts();
  const first = assignment.lease(version, never);
  await settle();
  starts[0]?.resolve(aStart());
  const busy = await first;
  const second = assignment.lease(version, never);
  await settle();
  busy[Symbol.dispose]();

  starts[1]?.reject(new Fault("no sandbox"));

  assert.equal((await second).environmentId, busy.environmentId);
});

test("of two requests one fails with a start that fails, the other is served by the start that does not", async () => {
  const { assignment, starts } = slowStarts();
  const failure = new Fault("no sandbox");
  const waiting = [assignment.lease(version, never), assignment.lease(version, never)];
  await settle();

  starts[0]?.reject(failure);
  starts[1]?.resolve(aStart());

  const ended = await Promise.allSettled(waiting);
  assert.deepEqual(ended.map((it) => it.status).sort(), ["fulfilled", "rejected"]);
});

test("a request whose client goes away leaves its environment to others", async () => {
  const { assignment, starts } = slowStarts();
  const abort = new AbortController();
  const gone = assignment.lease(version, abort.signal);
  await settle();

  abort.abort(new Error("the client went away"));
  await assert.rejects(gone);
  starts[0]?.resolve(aStart());
  await settle();

  assert.deepEqual(
    assignment.list().map((it) => it.state),
    ["Idle"],
  );
  assert.equal((await assignment.lease(version, never)).started, undefined);
});

test("a function at its scaling rate is throttled with AWS's reason, and an idle environment serves it all the same", async () => {
  let mayStart = true;
  const { assignment } = anAssignment({ admitStart: () => mayStart });
  const first = await assignment.lease(version, never);
  mayStart = false;

  const refused: unknown = await assignment.lease(version, never).catch((error: unknown) => error);
  first[Symbol.dispose]();

  assert.ok(refused instanceof ServiceException);
  assert.deepEqual([refused.status, refused.members["Reason"]], [429, "FunctionInvocationRateLimitExceeded"]);
  assert.equal((await assignment.lease(version, never)).environmentId, first.environmentId);
});

test("a start under way on a worker that leaves is tried on another, and invocations elsewhere go on", async () => {
  const lost = createDeferred<EnvironmentStarted>();
  const leaving = aWorker({ start: () => lost.promise }, { workerId: "leaving", cores: 64 });
  const staying = aWorker({}, { workerId: "staying", memoryMiB: 4095 });
  const { assignment, placement } = anAssignment({ workers: [leaving, staying] });
  const leasing = assignment.lease(version, never);
  await settle();
  assert.equal(leaving.started.length, 1);

  placement.leave(leaving);
  assignment.forget(leaving);
  lost.reject(new Fault("the link has ended"));
  const lease = await leasing;

  assert.equal(lease.worker, staying);
  assert.deepEqual(
    assignment.list().map((it) => it.workerId),
    ["staying"],
  );
});

test("a drained worker's idle environments end, busy ones after their invocation, and new ones start elsewhere", async () => {
  const [a, b] = [aWorker({}, { workerId: "a" }), aWorker({}, { workerId: "b" })];
  const { assignment } = anAssignment({ workers: [a, b] });
  const [first, second, third] = [
    await assignment.lease(version, never),
    await assignment.lease(version, never),
    await assignment.lease(version, never),
  ];
  const onA = [first, second, third].filter((it) => it.worker === a);
  onA[0]?.[Symbol.dispose]();

  assert.equal(assignment.drainWorker("a"), true);
  assert.equal(assignment.drainWorker("unknown"), false);
  for (const it of [first, second, third]) it[Symbol.dispose]();

  assert.deepEqual(
    a.stopped,
    onA.map((it) => it.environmentId),
  );
  const next = [await assignment.lease(version, never), await assignment.lease(version, never)];
  assert.ok(next.every((it) => it.worker === b));
});

test("where memory is short, the environment that was used the longest ago makes room, whatever function it is of", async () => {
  const worker = aWorker({}, { memoryMiB: 256 });
  const { assignment, clock } = anAssignment({ worker });
  const [f, g, h] = ["f", "g", "h"].map((functionName) => aFunctionVersion({ functionName }));
  assert.ok(f && g && h);
  const ids: string[] = [];
  for (const it of [f, g]) {
    using lease = await assignment.lease(it, never);
    ids.push(lease.environmentId);
    clock.advance(1000);
  }
  (await assignment.lease(f, never))[Symbol.dispose]();

  using _lease = await assignment.lease(h, never);

  assert.deepEqual(worker.stopped, [ids[1]]);
});

test("an environment whose deployment is no longer current is ended when its worker comes back with it", () => {
  const worker = aWorker(undefined, {
    environments: [
      {
        environmentId: "old",
        deploymentId: "111122223333/us-east-1/f:$LATEST@old",
        isBusy: false,
        bornAtMs: 0,
        initializationType: "on-demand",
        qualifier: undefined,
        memoryMiB: 128,
        codeSha256: "c",
      },
    ],
  });
  const { assignment } = anAssignment({ worker, isCurrent: () => false });

  assignment.adopt(worker);

  assert.deepEqual(worker.stopped, ["old"]);
});

test("an environment that ends by itself while it starts is started anew for the request that waits for it", async () => {
  const { assignment, starts, worker } = slowStarts();
  const leasing = assignment.lease(version, never);
  await settle();

  assignment.environmentGone(worker.started[0]?.environmentId ?? "");
  starts[0]?.resolve(aStart());
  await settle();
  starts[1]?.resolve(aStart());

  assert.equal((await leasing).environmentId, worker.started[1]?.environmentId);
});

test("environments that end again and again while they start fail the request in the end", async () => {
  const { assignment, starts, worker } = slowStarts();
  const leasing = assignment.lease(version, never).catch((error: unknown) => error);

  for (let lost = 0; lost < 3; lost++) {
    await settle();
    assignment.environmentGone(worker.started[lost]?.environmentId ?? "");
    starts[lost]?.resolve(aStart());
  }

  assert.ok((await leasing) instanceof Fault);
  assert.equal(starts.length, 3);
});

test("a start that found its worker only after its deployment was replaced serves who waits for it, and ends", async () => {
  let isCurrent = true;
  const { assignment, placement, worker } = anAssignment({ isWithoutWorker: true, isCurrent: () => isCurrent });
  const leasing = assignment.lease(version, never);
  await settle();

  isCurrent = false;
  assignment.retire(version);
  placement.take(worker);
  placement.open(worker);
  const lease = await leasing;
  lease[Symbol.dispose]();

  assert.deepEqual(worker.stopped, [lease.environmentId]);
});

test("a start called off in the moment in which another fails leaves the request that failure", async () => {
  const failure = new Fault("no sandbox");
  const failed = createDeferred<EnvironmentStarted>();
  const worker = aWorker({ start: () => failed.promise }, { memoryMiB: 256 });
  const { assignment } = anAssignment({ worker });
  const busy = aFunctionVersion({ memoryMiB: 200 });
  const first = assignment.lease(busy, never);
  await settle();
  const abort = new AbortController();
  const gone = assignment.lease(busy, abort.signal);
  await settle();

  failed.reject(failure);
  abort.abort(new Error("went away"));

  const [one, other] = await Promise.allSettled([first, gone]);
  assert.deepEqual([one, other.status], [{ status: "rejected", reason: failure }, "rejected"]);
});

// Requests, ends, failures and aborts in any order: every request ends in exactly one way, nothing waits without a start,
// and no environment has two leases.
test("in no interleaving is a request left behind or an environment leased twice", async () => {
  const step = fc.record({ do: fc.constantFrom("lease", "lease", "start", "fail", "free", "abort"), which: fc.nat() });
  const check = async (steps: readonly { do: string; which: number }[]): Promise<void> => {
    const { assignment, starts } = slowStarts();
    const held = new Map<string, Disposable>();
    const aborts: AbortController[] = [];
    let open = 0;
    for (const it of steps) {
      if (it.do === "lease") {
        const abort = new AbortController();
        aborts.push(abort);
        open++;
        void assignment.lease(version, abort.signal).then(
          (lease) => {
            open--;
            assert.ok(!held.has(lease.environmentId));
            held.set(lease.environmentId, lease);
          },
          () => open--,
        );
      } else if (it.do === "start") starts[it.which % Math.max(1, starts.length)]?.resolve(aStart());
      else if (it.do === "fail") starts[it.which % Math.max(1, starts.length)]?.reject(new Fault("no sandbox"));
      else if (it.do === "abort") aborts[it.which % Math.max(1, aborts.length)]?.abort(new Error("went away"));
      else {
        const [id, lease] = [...held][it.which % Math.max(1, held.size)] ?? [];
        if (id !== undefined) held.delete(id);
        lease?.[Symbol.dispose]();
      }
      await settle();
    }
    for (const start of starts) start.resolve(aStart());
    await settle();
    assert.equal(open, 0);
    const busy = assignment.list().filter((it) => it.state !== "Idle");
    assert.deepEqual(new Set(busy.map((it) => it.environmentId)), new Set(held.keys()));
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), check));
});
