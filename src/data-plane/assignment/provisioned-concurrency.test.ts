// Provisioned concurrency under a virtual clock: allocated, used, replaced, moved with its alias, and given up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import type { EnvironmentStarted } from "../../link/messages.ts";
import { aReportedEnvironment } from "../../link/messages.fixtures.ts";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { deploymentId } from "../../model/function-version.ts";
import { aStart, aWorker } from "../placement/worker.fixtures.ts";
import { anAssignment, settle } from "./assignment.fixtures.ts";

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;
const [v1, v2] = [
  aFunctionVersion({ version: "1", deployment: "d1" }),
  aFunctionVersion({ version: "2", deployment: "d2" }),
];
const live = (requested: number, version = v1) => [{ qualifier: "live", requested, version }];

test("environments are allocated up to what is requested, eight starts at a time, with AWS's type and status", async () => {
  const starts: Deferred<EnvironmentStarted>[] = [];
  const start = (): Promise<EnvironmentStarted> => {
    const deferred = createDeferred<EnvironmentStarted>();
    starts.push(deferred);
    return deferred.promise;
  };
  const { assignment, worker, ready } = anAssignment({ plays: { start } });

  assignment.provision(v1, live(10));
  await settle();

  assert.equal(starts.length, 8);
  assert.deepEqual(assignment.provisionedStatus(v1, "live"), {
    status: "IN_PROGRESS",
    allocated: 8,
    available: 0,
    reason: undefined,
  });
  for (const it of starts) it.resolve(aStart());
  await settle();
  for (const it of starts) it.resolve(aStart());
  await settle();
  const status = { status: "READY", allocated: 10, available: 10, reason: undefined };
  assert.deepEqual(assignment.provisionedStatus(v1, "live"), status);
  assert.equal(ready.get("live"), 10);
  const [spec] = worker.started;
  assert.deepEqual(
    [spec?.initializationType, spec?.qualifier, spec?.environment["AWS_LAMBDA_INITIALIZATION_TYPE"]],
    ["provisioned-concurrency", "live", "provisioned-concurrency"],
  );
  assert.equal(assignment.provisionedStatus(v1, "other"), undefined);
});

test("a provisioned invocation gets an environment of its qualifier alone, one on demand never does", async () => {
  const { assignment, worker } = anAssignment();
  assignment.provision(v1, live(1));
  await settle();
  const [provisioned] = worker.started;

  using onDemand = await assignment.lease(v1, never);
  using first = await assignment.lease(v1, never, "live");
  using other = await assignment.lease(v1, never, "1");

  assert.equal(first.environmentId, provisioned?.environmentId);
  assert.equal(first.started, undefined);
  assert.notEqual(onDemand.environmentId, provisioned?.environmentId);
  assert.notEqual(other.environmentId, provisioned?.environmentId);
  assert.deepEqual(assignment.provisionedUse(v1, "live"), { requested: 1, maxInUse: 1 });
});

test("keep-alive ends none of them; at six hours each is replaced, the new one first", async () => {
  const { assignment, worker, clock } = anAssignment();
  assignment.provision(v1, live(2));
  await settle();

  clock.advance(6 * HOUR_MS - 1);
  assert.deepEqual(worker.stopped, []);
  clock.advance(1);
  assert.deepEqual(worker.stopped, []);
  await settle();

  assert.equal(worker.started.length, 4);
  assert.deepEqual(
    worker.stopped,
    worker.started.slice(0, 2).map((it) => it.environmentId),
  );
  assert.equal(assignment.provisionedStatus(v1, "live")?.available, 2);
});

test("one that dies is replaced at once", async () => {
  const { assignment, worker, ready } = anAssignment();
  assignment.provision(v1, live(1));
  await settle();

  assignment.environmentGone(worker.started[0]?.environmentId ?? "");
  assert.equal(ready.get("live"), 0);
  await settle();

  assert.equal(worker.started.length, 2);
  assert.equal(ready.get("live"), 1);
});

test("an alias that moves has its new version's environments before the old ones go; a busy one ends its work", async () => {
  const { assignment, worker } = anAssignment();
  assignment.provision(v1, live(2));
  await settle();
  const busy = await assignment.lease(v1, never, "live");

  assignment.provision(v1, live(2, v2));
  assert.deepEqual(worker.stopped, []);
  await settle();

  const idle = worker.started
    .slice(0, 2)
    .map((it) => it.environmentId)
    .filter((it) => it !== busy.environmentId);
  assert.deepEqual(worker.stopped, idle);
  busy[Symbol.dispose]();
  assert.deepEqual(worker.stopped, [...idle, busy.environmentId]);
  assert.equal(assignment.provisionedStatus(v1, "live")?.status, "READY");
  assert.deepEqual(
    assignment.list().map((it) => it.deploymentId),
    [deploymentId(v2), deploymentId(v2)],
  );
});

test("less requested ends idle ones first, nothing requested ends all", async () => {
  const { assignment, worker } = anAssignment();
  assignment.provision(v1, live(3));
  await settle();
  const busy = await assignment.lease(v1, never, "live");

  assignment.provision(v1, live(1));
  assert.equal(worker.stopped.length, 2);
  assert.ok(!worker.stopped.includes(busy.environmentId));
  assignment.provision(v1, []);
  busy[Symbol.dispose]();

  assert.deepEqual(assignment.list(), []);
  assert.equal(assignment.provisionedStatus(v1, "live"), undefined);
});

test("a failing initialisation is FAILED with AWS's reason, tried again ever less often, and forgotten when it goes well", async () => {
  let initialised = false;
  const { assignment, worker, clock } = anAssignment({
    plays: { start: () => Promise.resolve(aStart({ initialised })) },
  });
  assignment.provision(v1, live(1));
  await settle();

  const failed = { status: "FAILED", allocated: 0, available: 0, reason: "FUNCTION_ERROR_INIT_FAILURE" };
  assert.deepEqual(assignment.provisionedStatus(v1, "live"), failed);
  assert.deepEqual(
    worker.stopped,
    worker.started.map((it) => it.environmentId),
  );
  clock.advance(1_000);
  await settle();
  assert.equal(worker.started.length, 2);
  clock.advance(1_999);
  await settle();
  assert.equal(worker.started.length, 2);
  initialised = true;
  clock.advance(1);
  await settle();

  assert.equal(assignment.provisionedStatus(v1, "live")?.status, "READY");
  assert.equal(worker.started.length, 3);
});

test("a start that breaks is tried again without a reason of the function's", async () => {
  let isBroken = true;
  const start = () => (isBroken ? Promise.reject(new Fault("no sandbox")) : Promise.resolve(aStart()));
  const { assignment, clock, faults } = anAssignment({ plays: { start } });
  assignment.provision(v1, live(2));
  await settle();
  assert.equal(assignment.provisionedStatus(v1, "live")?.status, "IN_PROGRESS");
  assert.equal(faults.length, 2);

  isBroken = false;
  clock.advance(1_000);
  await settle();

  assert.equal(assignment.provisionedStatus(v1, "live")?.status, "READY");
});

test("a removed version's provisioned environments end and are not started anew", async () => {
  const { assignment, worker } = anAssignment();
  assignment.provision(v1, live(1));
  await settle();

  assignment.provision(v1, [{ qualifier: "live", requested: 1, version: undefined }]);
  await settle();

  assert.equal(worker.started.length, 1);
  assert.deepEqual(worker.stopped, [worker.started[0]?.environmentId]);
});

test("after a restart of services the worker's provisioned environments are taken over, and none is started for them", async () => {
  const environment = aReportedEnvironment({
    environmentId: "kept",
    deploymentId: deploymentId(v1),
    initializationType: "provisioned-concurrency",
    qualifier: "live",
  });
  const unwanted = { ...environment, environmentId: "unwanted", qualifier: "gone" };
  const worker = aWorker({}, { environments: [environment, unwanted] });
  const { assignment, placement } = anAssignment({ isWithoutWorker: true });
  assignment.provision(v1, live(1));
  await settle();

  placement.take(worker);
  assignment.adopt(worker);
  await settle();

  assert.deepEqual(worker.stopped, ["unwanted"]);
  assert.deepEqual(worker.started, []);
  assert.equal((await assignment.lease(v1, never, "live")).environmentId, "kept");
});

test("a worker that leaves takes its provisioned environments along, and they are started on another", async () => {
  const [a, b] = [aWorker({}, { workerId: "a" }), aWorker({}, { workerId: "b" })];
  const { assignment, placement, ready } = anAssignment({ workers: [a, b] });
  assignment.provision(v1, live(4));
  await settle();
  using _busy = await assignment.lease(v1, never, "live");

  placement.leave(a);
  assignment.forget(a);
  await settle();

  assert.equal(ready.get("live"), 4);
  assert.ok(assignment.list().every((it) => it.workerId === "b"));
});

test("an alias that moves calls off the starts of its old version, whose failure then says nothing of the new one", async () => {
  const starts: Deferred<EnvironmentStarted>[] = [];
  const start = (): Promise<EnvironmentStarted> => {
    const deferred = createDeferred<EnvironmentStarted>();
    starts.push(deferred);
    return deferred.promise;
  };
  const { assignment } = anAssignment({ plays: { start } });
  assignment.provision(v1, live(2));
  await settle();

  assignment.provision(v1, live(2, v2));
  await settle();
  assert.equal(starts.length, 4);
  starts[0]?.resolve(aStart({ initialised: false }));
  starts[1]?.reject(new Fault("no sandbox"));
  await settle();
  assert.equal(assignment.provisionedStatus(v1, "live")?.status, "IN_PROGRESS");
  starts[2]?.resolve(aStart());
  starts[3]?.resolve(aStart());
  await settle();

  assert.equal(assignment.provisionedStatus(v1, "live")?.status, "READY");
  assert.deepEqual(
    assignment.list().map((it) => it.deploymentId),
    [deploymentId(v2), deploymentId(v2)],
  );
});

test("where no worker has room for an alias's new version, its old environments make room one by one", async () => {
  const worker = aWorker({}, { memoryMiB: 256 });
  const { assignment, clock } = anAssignment({ worker });
  assignment.provision(v1, live(2));
  await settle();

  assignment.provision(v1, live(2, v2));
  for (let tried = 0; tried < 3; tried++) {
    await settle();
    clock.advance(10_000);
  }
  await settle();

  assert.equal(assignment.provisionedStatus(v1, "live")?.status, "READY");
  assert.deepEqual(
    assignment.list().map((it) => it.deploymentId),
    [deploymentId(v2), deploymentId(v2)],
  );
});

test("a drained worker's busy provisioned environment is replaced on another before its work has ended", async () => {
  const [a, b] = [aWorker({}, { workerId: "a" }), aWorker({}, { workerId: "b" })];
  const { assignment } = anAssignment({ workers: [a, b] });
  assignment.provision(v1, live(1));
  await settle();
  using busy = await assignment.lease(v1, never, "live");

  assignment.drainWorker(busy.worker.hello.workerId);
  await settle();

  assert.deepEqual([a.started.length, b.started.length], [1, 1]);
  assert.equal(assignment.provisionedStatus(v1, "live")?.available, 1);
});
