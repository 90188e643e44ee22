// The data plane as services join it: what is published reaches whom it concerns, from an invocation's point of view.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFeed } from "../feed/feed.ts";
import { createVirtualClock } from "../foundation/clock.ts";
import { aFunctionVersion } from "../model/function-version.fixtures.ts";
import { NO_CONCURRENCY } from "../model/concurrency.ts";
import { aRequestContext } from "../model/operation.fixtures.ts";
import type { Members } from "../model/operation.ts";
import { settle } from "./assignment/assignment.fixtures.ts";
import { createDataPlane } from "./data-plane.ts";
import { aWorker } from "./placement/worker.fixtures.ts";

const key = { accountId: "111122223333", region: "us-east-1", functionName: "f" };
const [v1, v2] = ["1", "2"].map((version) => aFunctionVersion({ version, deployment: version }));
const live = { ...key, name: "live", functionVersion: "1", description: "", routing: {}, revisionId: "r" };
const provisioned = (requested: number) => ({ reserved: undefined, provisioned: new Map([["live", requested]]) });

/** One worker, and a function with two versions and an alias of the first. */
function aDataPlane() {
  assert.ok(v1 && v2);
  const clock = createVirtualClock();
  const feed = createFeed(() => clock.nowMs());
  const plane = createDataPlane({
    clock,
    feed,
    random: () => 0,
    keepAlive: "fixed",
    concurrentExecutions: () => 10,
    issueCredentials: () => ({ accessKeyId: "k", secretAccessKey: "s", sessionToken: "t" }),
    acceptEvent: () => assert.fail("nothing is asynchronous here"),
    onFault: (error) => assert.fail(String(error)),
  });
  const worker = aWorker();
  plane.placement.take(worker);
  plane.assignment.adopt(worker);
  for (const it of [aFunctionVersion(), v1, v2]) plane.publication.publish(it);
  plane.publication.publishAlias(live);
  const invoke = (input: Members = {}) =>
    plane.frontend.operations.Invoke({ FunctionName: "f", ...input }, aRequestContext());
  const kinds = () =>
    feed
      .after(0, 1000)
      .flatMap((it) => (it.event === "InvocationEnded" ? [`${it.kind} ${it.isCold ? "cold" : "warm"}`] : []));
  return { ...plane, worker, invoke, kinds };
}

test("an alias with provisioned concurrency is served warm from the first invocation, a version of it is not", async () => {
  const { publication, assignment, invoke, kinds } = aDataPlane();
  publication.publishConcurrency(key, provisioned(2));
  await settle();

  const answer = await invoke({ Qualifier: "live" });
  await invoke({ Qualifier: "1" });

  assert.equal(answer["ExecutedVersion"], "1");
  assert.deepEqual(kinds(), ["provisioned warm", "onDemand cold"]);
  assert.equal(assignment.provisionedStatus(key, "live")?.status, "READY");
});

test("an alias that is moved is served by its new version's provisioned environments as soon as they are ready", async () => {
  const { publication, assignment, worker, invoke, kinds } = aDataPlane();
  publication.publishConcurrency(key, provisioned(1));
  await settle();

  publication.publishAlias({ ...live, functionVersion: "2" });
  await settle();
  const answer = await invoke({ Qualifier: "live" });

  assert.equal(answer["ExecutedVersion"], "2");
  assert.deepEqual(kinds(), ["provisioned warm"]);
  assert.deepEqual(worker.stopped, [worker.started[0]?.environmentId]);
  assert.deepEqual(assignment.list().length, 1);
});

test("what is taken away ends: a setting its environments, a function all that it has and claims", async () => {
  const { publication, assignment, counting, invoke } = aDataPlane();
  publication.publishConcurrency(key, provisioned(2));
  await settle();
  publication.publishConcurrency(key, NO_CONCURRENCY);
  assert.deepEqual(assignment.list(), []);
  publication.publishConcurrency(key, { reserved: 4, provisioned: new Map([["live", 1]]) });
  await settle();
  await invoke();
  assert.equal(counting.poolUsage("111122223333", "us-east-1").claimed, 4);

  publication.remove(key);

  assert.deepEqual(assignment.list(), []);
  assert.equal(counting.poolUsage("111122223333", "us-east-1").claimed, 0);
});
