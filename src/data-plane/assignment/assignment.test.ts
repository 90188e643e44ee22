// Leases, and how environments come, are kept and go, under a virtual clock with a worker that is played.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createDeferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import type { EnvironmentStarted } from "../../link/messages.ts";
import { aReportedEnvironment } from "../../link/messages.fixtures.ts";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { deploymentId, type FunctionVersion } from "../../model/function-version.ts";
import { aStart, aWorker } from "../placement/worker.fixtures.ts";
import { type AssignmentWorld, anAssignment } from "./assignment.fixtures.ts";
import type { Lease } from "./assignment.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const never = new AbortController().signal;
const version = aFunctionVersion();

/** An environment made by one lease, which has ended. */
async function anIdleEnvironment(world: AssignmentWorld, of: FunctionVersion = version): Promise<string> {
  using lease = await world.assignment.lease(of, never);
  return lease.environmentId;
}

test("the most recently used idle environment is leased first", async () => {
  const { assignment } = anAssignment();
  const [first, second, third] = [
    await assignment.lease(version, never),
    await assignment.lease(version, never),
    await assignment.lease(version, never),
  ];
  for (const lease of [second, third, first]) lease[Symbol.dispose]();

  const again = [await assignment.lease(version, never), await assignment.lease(version, never)];

  assert.deepEqual(
    again.map((it) => it.environmentId),
    [first.environmentId, third.environmentId],
  );
  assert.deepEqual(
    again.map((it) => it.started),
    [undefined, undefined],
  );
});

// A model of what is held: whatever is leased, given back, given back again or lost, no environment has two leases.
test("in no interleaving has an environment two leases, or is one that is gone leased", async () => {
  const step = fc.record({ do: fc.constantFrom("lease", "give back", "lose", "wait"), which: fc.nat() });
  const check = async (steps: readonly { do: string; which: number }[]): Promise<void> => {
    const { assignment, clock } = anAssignment();
    const all: Lease[] = [];
    const held = new Set<string>();
    const lost = new Set<string>();
    for (const { do: what, which } of steps) {
      const lease = all[which % Math.max(1, all.length)];
      if (what === "lease") {
        const made = await assignment.lease(version, never);
        assert.ok(!held.has(made.environmentId) && !lost.has(made.environmentId));
        held.add(made.environmentId);
        all.push(made);
      } else if (what === "wait") clock.advance(2 * MINUTE_MS);
      else if (lease !== undefined) {
        // Leases that ended before are ended again here: only the newest lease of an environment counts.
        const isNewest = all.findLast((it) => it.environmentId === lease.environmentId) === lease;
        if (what === "lose" && isNewest) assignment.environmentGone(lease.environmentId);
        if (what === "lose" && isNewest) lost.add(lease.environmentId);
        lease[Symbol.dispose]();
        if (isNewest) held.delete(lease.environmentId);
      }
      const busy = assignment.list().filter((it) => !it.isIdle);
      assert.deepEqual(new Set(busy.map((it) => it.environmentId)), held);
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), check));
});

test("an environment serves its own deployment alone", async () => {
  const world = anAssignment();
  const used = await anIdleEnvironment(world);

  for (const other of [{ version: "1" }, { deployment: "next" }, { functionName: "g" }, { region: "eu-central-1" }]) {
    using lease = await world.assignment.lease(aFunctionVersion(other), never);
    assert.notEqual(lease.environmentId, used);
    assert.equal(lease.deploymentId, deploymentId(aFunctionVersion(other)));
  }
});

test("an idle environment is ended after 5 to 15 minutes without work, counted from its last", async () => {
  for (const [random, minutes] of [
    [0, 5],
    [0.5, 10],
  ] as const) {
    const world = anAssignment({ random: () => random });
    const id = await anIdleEnvironment(world);
    world.clock.advance(minutes * MINUTE_MS - 1);
    assert.equal(await anIdleEnvironment(world), id);

    world.clock.advance(minutes * MINUTE_MS - 1);
    assert.deepEqual(world.worker.stopped, []);
    world.clock.advance(1);

    assert.deepEqual(world.worker.stopped, [id]);
    assert.deepEqual(world.assignment.list(), []);
    assert.notEqual(await anIdleEnvironment(world), id);
  }
});

test("a busy environment is not ended, however long it works", async () => {
  const world = anAssignment();
  const lease = await world.assignment.lease(version, never);

  world.clock.advance(15 * MINUTE_MS);

  assert.deepEqual(world.worker.stopped, []);
  lease[Symbol.dispose]();
  assert.equal(await anIdleEnvironment(world), lease.environmentId);
});

test("an environment of six hours is ended, idle or after the work it has", async () => {
  const world = anAssignment();
  const id = await anIdleEnvironment(world);
  while (world.clock.nowMs() < 6 * HOUR_MS - 2 * MINUTE_MS) {
    world.clock.advance(2 * MINUTE_MS);
    assert.equal(await anIdleEnvironment(world), id);
  }
  world.clock.advance(2 * MINUTE_MS);
  assert.deepEqual(world.worker.stopped, [id]);

  const busy = await world.assignment.lease(version, never);
  world.clock.advance(6 * HOUR_MS);
  busy[Symbol.dispose]();

  assert.deepEqual(world.worker.stopped, [id, busy.environmentId]);
});

test("a new deployment ends the idle environments of the one before at once, busy ones after their invocation", async () => {
  const world = anAssignment();
  const [busy, idle] = [await world.assignment.lease(version, never), await world.assignment.lease(version, never)];
  idle[Symbol.dispose]();
  const next = aFunctionVersion({ deployment: "next" });

  world.assignment.retire(next, { version: next.version, except: deploymentId(next) });

  assert.deepEqual(world.worker.stopped, [idle.environmentId]);
  busy[Symbol.dispose]();
  assert.deepEqual(world.worker.stopped, [idle.environmentId, busy.environmentId]);
  assert.deepEqual(world.assignment.list(), []);
});

test("a new deployment of $LATEST leaves its own environments and those of published versions and other functions", async () => {
  const world = anAssignment();
  const next = aFunctionVersion({ deployment: "next" });
  const others = [aFunctionVersion({ version: "1" }), aFunctionVersion({ functionName: "f2" }), next];
  const ids: string[] = [];
  for (const other of others) ids.push(await anIdleEnvironment(world, other));

  world.assignment.retire(next, { version: next.version, except: deploymentId(next) });

  assert.deepEqual(world.worker.stopped, []);
  for (const [index, other] of others.entries()) assert.equal(await anIdleEnvironment(world, other), ids[index]);
});

test("a removed function's environments end, of all its versions", async () => {
  const world = anAssignment();
  const ids = [await anIdleEnvironment(world), await anIdleEnvironment(world, aFunctionVersion({ version: "1" }))];
  await anIdleEnvironment(world, aFunctionVersion({ functionName: "f2" }));

  world.assignment.retire(version);

  assert.deepEqual(world.worker.stopped, ids);
  assert.equal(world.assignment.list().length, 1);
});

test("a removed version's environments end, those of other versions stay", async () => {
  const world = anAssignment();
  const id = await anIdleEnvironment(world, aFunctionVersion({ version: "1" }));
  await anIdleEnvironment(world, aFunctionVersion({ version: "11" }));
  await anIdleEnvironment(world);

  world.assignment.retire(version, { version: "1" });

  assert.deepEqual(world.worker.stopped, [id]);
});

test("an environment that was taken over keeps its age", () => {
  const environments = [
    aReportedEnvironment({ environmentId: "old", deploymentId: deploymentId(version), bornAtMs: -6 * HOUR_MS }),
  ];
  const worker = aWorker(undefined, { environments });
  const { assignment } = anAssignment({ worker });

  assignment.adopt(worker);

  assert.deepEqual(worker.stopped, ["old"]);
});

test("an environment whose deployment was replaced while it started serves its invocation and ends", async () => {
  const starting = createDeferred<EnvironmentStarted>();
  const world = anAssignment({ plays: { start: () => starting.promise } });
  const leasing = world.assignment.lease(version, never);
  await Promise.resolve();
  const next = aFunctionVersion({ deployment: "next" });

  world.assignment.retire(next, { version: next.version, except: deploymentId(next) });
  starting.resolve(aStart());
  const lease = await leasing;
  lease[Symbol.dispose]();

  assert.deepEqual(world.worker.stopped, [lease.environmentId]);
});

test("after a restart of services idle environments are taken over, and busy ones ended: their callers are gone", async () => {
  const deployment = deploymentId(version);
  const worker = aWorker(undefined, {
    environments: [
      aReportedEnvironment({ environmentId: "idle", deploymentId: deployment }),
      aReportedEnvironment({ environmentId: "busy", deploymentId: deployment, isBusy: true }),
    ],
  });
  const { assignment, clock } = anAssignment({ worker });

  assignment.adopt(worker);

  assert.deepEqual(worker.stopped, ["busy"]);
  assert.deepEqual(
    assignment.list().map(({ environmentId, isIdle, phasesMs }) => ({ environmentId, isIdle, phasesMs })),
    [{ environmentId: "idle", isIdle: true, phasesMs: {} }],
  );
  using lease = await assignment.lease(version, never);
  assert.equal(lease.environmentId, "idle");
  lease[Symbol.dispose]();
  clock.advance(5 * MINUTE_MS);
  assert.deepEqual(worker.stopped, ["busy", "idle"]);
});

test("a worker that joins again before its old link has closed brings no environment twice", async () => {
  const environments = [aReportedEnvironment({ environmentId: "e", deploymentId: deploymentId(version) })];
  const [before, after] = [aWorker(undefined, { environments }), aWorker(undefined, { environments })];
  const { assignment } = anAssignment({ workers: [before, after] });
  assignment.adopt(before);
  assignment.adopt(after);

  assignment.forget(before);

  assert.equal(assignment.list().length, 1);
  const [first, second] = [await assignment.lease(version, never), await assignment.lease(version, never)];
  assert.equal(first.environmentId, "e");
  assert.equal(first.worker, after);
  assert.notEqual(second.environmentId, "e");
});

test("what a worker had is gone when it leaves, leased or not; what another has stays", async () => {
  const [leaving, staying] = [aWorker(), aWorker()];
  const { assignment, placement } = anAssignment({ workers: [leaving] });
  const [busy, idle] = [await assignment.lease(version, never), await assignment.lease(version, never)];
  placement.leave(leaving);
  placement.take(staying);
  placement.open(staying);
  const other = await assignment.lease(version, never);
  for (const lease of [other, idle]) lease[Symbol.dispose]();

  assignment.forget(leaving);
  busy[Symbol.dispose]();

  assert.deepEqual(
    assignment.list().map((it) => it.environmentId),
    [other.environmentId],
  );
  assert.deepEqual(leaving.stopped, []);
});

test("an environment that a lease says is gone is not leased again, nor is one that ended by itself", async () => {
  const world = anAssignment();
  const lease = await world.assignment.lease(version, never);
  lease.gone();
  lease[Symbol.dispose]();
  const idle = await anIdleEnvironment(world);
  world.assignment.environmentGone(idle);
  world.assignment.environmentGone("unknown");

  assert.ok(![lease.environmentId, idle].includes(await anIdleEnvironment(world)));
  assert.deepEqual(world.worker.stopped, []);
});

test("an abandoned environment is ended, unless it or its worker is gone already", async () => {
  const world = anAssignment();
  const [first, second] = [await world.assignment.lease(version, never), await world.assignment.lease(version, never)];

  first.abandon();
  first[Symbol.dispose]();
  world.assignment.forget(world.worker);
  second.abandon();

  assert.deepEqual(world.worker.stopped, [first.environmentId]);
  assert.deepEqual(world.assignment.list(), []);
});

test("a lease that was given back says nothing more about its environment", async () => {
  const world = anAssignment();
  const lease = await world.assignment.lease(version, never);
  lease[Symbol.dispose]();
  using next = await world.assignment.lease(version, never);

  lease.gone();
  lease.abandon();
  lease[Symbol.dispose]();

  assert.deepEqual(world.worker.stopped, []);
  assert.equal(next.environmentId, lease.environmentId);
  assert.deepEqual(
    world.assignment.list().map((it) => it.isIdle),
    [false],
  );
});

test("a start that fails is the lease's failure and leaves no environment", async () => {
  const failure = new Fault("no room");
  const world = anAssignment({ plays: { start: () => Promise.reject(failure) } });

  await assert.rejects(world.assignment.lease(version, never), failure);

  assert.deepEqual(world.assignment.list(), []);
  const id = world.worker.started[0]?.environmentId ?? "";
  assert.deepEqual(world.worker.stopped, [id]);
  assert.deepEqual(world.events(), [`EnvironmentRequested ${id}`, `EnvironmentForgotten ${id}`]);
});

test("an initialisation that fails gives a lease all the same: the invocation initialises again", async () => {
  const started = aStart({ initialised: false, phasesMs: { init: 9 } });
  const { assignment } = anAssignment({ plays: { start: () => Promise.resolve(started) } });

  using lease = await assignment.lease(version, never);

  assert.equal(lease.started?.initialised, false);
  assert.deepEqual(
    assignment.list().map((it) => it.phasesMs),
    [{ queue: 0, placement: 0, init: 9 }],
  );
});

test("an environment that can't be ended is a fault that nobody waits for", async () => {
  const failure = new Fault("the link has ended");
  const world = anAssignment({ plays: { stop: () => Promise.reject(failure) } });
  await anIdleEnvironment(world);

  world.clock.advance(5 * MINUTE_MS);
  await Promise.resolve();

  assert.deepEqual(world.faults, [failure]);
  assert.deepEqual(world.assignment.list(), []);
});

test("the feed tells of an environment's request, start and end, once each", async () => {
  const world = anAssignment();
  const id = await anIdleEnvironment(world);
  await anIdleEnvironment(world);

  world.clock.advance(5 * MINUTE_MS);
  world.assignment.environmentGone(id);

  assert.deepEqual(world.events(), [
    `EnvironmentRequested ${id}`,
    `EnvironmentStarted ${id}`,
    `EnvironmentForgotten ${id}`,
  ]);
});
