// Invokes that are waited for: what reaches the worker, what is answered, what is refused and counted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { accessDenied } from "../../model/lambda-exceptions.ts";
import { aRequestContext } from "../../model/operation.fixtures.ts";
import type { Members } from "../../model/operation.ts";
import { aFrontend, type Outcome, outcome, refusal } from "./frontend.fixtures.ts";

test("an invoke carries the payload's bytes to the worker and its answer's back", async () => {
  const { invoke, worker, inFlight } = aFrontend();
  const payload = Buffer.from('{"a": 1}');

  const answer = await invoke({ Payload: payload });

  const { TraceHeader, ...shown } = answer;
  assert.deepEqual(shown, { StatusCode: 200, ExecutedVersion: "$LATEST", Payload: Buffer.from('"done"') });
  assert.equal(TraceHeader, worker.invoked[0]?.header.traceId);
  assert.equal(worker.invoked[0]?.event, payload);
  assert.equal(worker.invoked[0]?.header.requestId, "request-1");
  assert.equal(worker.invoked[0]?.header.functionArn, "arn:aws:lambda:us-east-1:111122223333:function:f");
  assert.equal(inFlight(), 0);
});

test("a function error and the log's tail are members of the answer", async () => {
  const played = { functionError: "Unhandled", logTail: "bG9n" } as const;
  const { invoke, worker } = aFrontend({
    plays: { invoke: () => Promise.resolve(outcome(played, '{"errorType":"E"}')) },
  });

  const { TraceHeader: _TraceHeader, ...answer } = await invoke({ LogType: "Tail" });

  assert.deepEqual(answer, {
    StatusCode: 200,
    ExecutedVersion: "$LATEST",
    Payload: Buffer.from('{"errorType":"E"}'),
    FunctionError: "Unhandled",
    LogResult: "bG9n",
  });
  assert.equal(worker.invoked[0]?.header.wantsLogTail, true);
});

test("an invoke over the account's limit is 429 with its Reason, and reaches no environment", async () => {
  const running = createDeferred<Outcome>();
  const { invoke, worker, inFlight } = aFrontend({ limit: 1, plays: { invoke: () => running.promise } });
  const first = invoke();

  const refused = await refusal(invoke());

  assert.deepEqual(refused, {
    status: 429,
    code: "TooManyRequestsException",
    members: { Reason: "ConcurrentInvocationLimitExceeded", message: "Rate Exceeded." },
  });
  assert.equal(inFlight(), 1);
  running.resolve(outcome());
  await first;
  await invoke();
  assert.equal(worker.started.length, 1);
  assert.equal(inFlight(), 0);
});

test("an error of the worker is a fault that ends the environment, and the next invoke gets a new one", async () => {
  let isBroken = true;
  const broken = new Fault("an environment that can't be invoked now");
  const invokeOn = () => (isBroken ? Promise.reject(broken) : Promise.resolve(outcome()));
  const { invoke, worker, assignment, inFlight } = aFrontend({ plays: { invoke: invokeOn } });

  await assert.rejects(invoke(), broken);

  assert.deepEqual(
    worker.stopped,
    worker.started.map((it) => it.environmentId),
  );
  assert.deepEqual(assignment.list(), []);
  assert.equal(inFlight(), 0);
  isBroken = false;
  await invoke();
  assert.equal(worker.started.length, 2);
});

test("an environment that ended with its invocation serves no other and need not be ended", async () => {
  const plays = { invoke: () => Promise.resolve(outcome({ environmentGone: true, functionError: "Unhandled" })) };
  const { invoke, worker, assignment } = aFrontend({ plays });

  await invoke();

  assert.deepEqual(assignment.list(), []);
  assert.deepEqual(worker.stopped, []);
  await invoke();
  assert.equal(worker.started.length, 2);
});

test("an environment that had ended before it had the event costs its invocation nothing but a start", async () => {
  const outcomes = [outcome(), outcome({ environmentGone: true, isUndelivered: true })];
  const plays = { invoke: () => Promise.resolve(outcomes.shift() ?? outcome()) };
  const { invoke, worker, assignment, inFlight } = aFrontend({ plays });
  await invoke();

  const answer = await invoke();

  assert.equal((answer["Payload"] as Buffer).toString(), '"done"');
  assert.deepEqual([worker.started.length, assignment.list().length, inFlight()], [2, 1, 0]);
});

test("where every environment ends before it has the event, the invocation fails in the end", async () => {
  const plays = { invoke: () => Promise.resolve(outcome({ environmentGone: true, isUndelivered: true })) };
  const { invoke, worker, assignment, inFlight } = aFrontend({ plays });

  await assert.rejects(invoke(), Fault);

  assert.deepEqual([worker.started.length, assignment.list(), inFlight()], [3, [], 0]);
});

test("a start that fails is a fault and gives the execution back", async () => {
  const failure = new Fault("no room");
  const { invoke, inFlight } = aFrontend({ plays: { start: () => Promise.reject(failure) } });

  await assert.rejects(invoke(), failure);

  assert.equal(inFlight(), 0);
});

test("a client that goes away while a worker is awaited is not counted any longer", async () => {
  const { invoke, inFlight, events } = aFrontend({ isWithoutWorker: true });
  const abort = new AbortController();
  const waiting = invoke({}, { signal: abort.signal });
  assert.equal(inFlight(), 1);
  const reason = new Error("the client went away");

  abort.abort(reason);

  await assert.rejects(waiting, reason);
  assert.equal(inFlight(), 0);
  assert.deepEqual(events(), []);
});

test("a dry run says which version would run, and runs nothing", async () => {
  const { invoke, worker, inFlight } = aFrontend({ limit: 0 });

  assert.deepEqual(await invoke({ InvocationType: "DryRun" }), { StatusCode: 204, ExecutedVersion: "$LATEST" });

  assert.equal(worker.started.length, 0);
  assert.equal(inFlight(), 0);
});

test("during an update the version before it runs; a function that was never active is in conflict", async () => {
  const { invoke, catalogue, worker } = aFrontend();
  catalogue.publish(aFunctionVersion({ handler: "next.handler", lastUpdate: { status: "InProgress" } }));
  catalogue.publish(aFunctionVersion({ functionName: "pending", state: { state: "Pending" } }));

  await invoke();

  assert.equal(worker.started[0]?.handler, "index.handler");
  const refused = await refusal(invoke({ FunctionName: "pending" }));
  assert.deepEqual([refused.status, refused.code], [409, "ResourceConflictException"]);
});

test("what can't be run is refused before it counts", async () => {
  const { invoke, inFlight } = aFrontend({ limit: 0 });
  const refused = async (input: Members): Promise<string> => {
    const { status, code } = await refusal(invoke(input));
    return `${status} ${code}`;
  };

  assert.equal(await refused({ FunctionName: "other" }), "404 ResourceNotFoundException");
  assert.equal(await refused({ Qualifier: "7" }), "404 ResourceNotFoundException");
  assert.equal(await refused({ Payload: Buffer.from("{") }), "400 InvalidRequestContentException");
  assert.equal(await refused({ Payload: Buffer.alloc(6_291_457) }), "413 RequestTooLargeException");
  assert.equal(await refused({ ClientContext: "W10=" }), "400 InvalidRequestContentException");
  assert.equal(inFlight(), 0);
});

test("an empty body reaches the handler as an empty object", async () => {
  const { invoke, worker } = aFrontend();

  await invoke();

  assert.equal(worker.invoked[0]?.event.toString(), "{}");
});

test("the caller's trace goes on to the function, with the function's own segment where it is sampled", async () => {
  const { invoke, worker, feed } = aFrontend();
  const [root, caller] = ["1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"];
  const given = `Root=${root};Parent=${caller};Sampled`;
  for (const id of [`${given}=1`, `${given}=0`, "Root=1\r\nX: y", undefined])
    await invoke({}, { headers: { "x-amzn-trace-id": id } });

  const [sampled, unsampled, ...made] = worker.invoked.map((it) => it.header.traceId);
  const [segments, ...others] = feed
    .after(0, 100)
    .flatMap((it) => (it.event === "InvocationEnded" ? [it.segments] : []));

  assert.equal(sampled, `Root=${root};Parent=${segments?.functionId ?? ""};Sampled=1`);
  assert.deepEqual([segments?.traceId, segments?.callerId], [root, caller]);
  assert.equal(unsampled, `${given}=0`);
  for (const it of made) assert.match(it, /^Root=1-[0-9a-f]+-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/u);
  assert.deepEqual(others, [undefined, undefined, undefined]);
});

test("active tracing samples what its caller has not decided, and each answer carries the decision", async () => {
  const { invoke, catalogue } = aFrontend({ draw: () => 0.5 });
  const version = aFunctionVersion();
  catalogue.publish({ ...version, settings: { ...version.settings, tracingMode: "Active" } });
  const headers = { "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0" };

  const answers = [await invoke(), await invoke(), await invoke({}, { headers })];

  assert.deepEqual(
    answers.map((it) => String(it["TraceHeader"]).slice(-1)),
    ["1", "0", "0"],
  );
});

test("the feed tells how each invocation ended, and whether its environment was started for it", async () => {
  const { invoke, feed } = aFrontend();
  await invoke();
  await invoke();

  const ended = feed.after(0, 100).flatMap((it) => (it.event === "InvocationEnded" ? [it] : []));

  assert.deepEqual(
    ended.map(({ requestId, isCold, functionError }) => ({ requestId, isCold, functionError })),
    [
      { requestId: "request-1", isCold: true, functionError: undefined },
      { requestId: "request-1", isCold: false, functionError: undefined },
    ],
  );
});

test("the feed tells of each throttle what was asked for, and of each invocation what its function took", async () => {
  const running = createDeferred<Outcome>();
  const timing = { startedAtMs: 5, durationMs: 3, initMs: undefined };
  const { invoke, feed } = aFrontend({ limit: 1, plays: { invoke: () => running.promise } });
  const first = invoke();
  await refusal(invoke({ Qualifier: "$LATEST" }, { requestId: "request-2" }));
  running.resolve(outcome({ functionError: "Unhandled", errorType: "E", timing }));
  await first;

  const told = feed.after(0, 100).filter((it) => it.event.startsWith("Invocation"));
  const of = { accountId: "111122223333", region: "us-east-1", functionName: "f", version: "$LATEST" };
  const underWay = { ofFunction: 1, ofAccount: 1, unreserved: 1, claimed: 0, provisioned: undefined };
  assert.partialDeepStrictEqual(told, [
    {
      event: "InvocationThrottled",
      ...of,
      requestId: "request-2",
      qualifier: "$LATEST",
      reason: "ConcurrentInvocationLimitExceeded",
      underWay,
    },
    { event: "InvocationEnded", ...of, requestId: "request-1", qualifier: undefined, errorType: "E", timing, underWay },
  ]);
});

test("an alias runs its version, by its weights, and the function sees the ARN as it was asked for", async () => {
  let random = 0.9;
  const { invoke, catalogue, worker } = aFrontend({ draw: () => random });
  for (const version of ["1", "2"]) catalogue.publish(aFunctionVersion({ version, deployment: version }));
  catalogue.publishAlias({
    accountId: "111122223333",
    region: "us-east-1",
    functionName: "f",
    name: "live",
    functionVersion: "1",
    description: "",
    routing: { 2: 0.25 },
    revisionId: "r",
  });

  const usual = await invoke({ Qualifier: "live" });
  random = 0.2;
  const weighted = await invoke({ FunctionName: "f:live" });

  assert.deepEqual([usual["ExecutedVersion"], weighted["ExecutedVersion"]], ["1", "2"]);
  assert.deepEqual(
    worker.invoked.map((it) => it.header.functionArn),
    Array.from({ length: 2 }, () => "arn:aws:lambda:us-east-1:111122223333:function:f:live"),
  );
  const missing = await refusal(invoke({ Qualifier: "blue" }));
  assert.deepEqual(missing, {
    status: 404,
    code: "ResourceNotFoundException",
    members: { Message: "Function not found: arn:aws:lambda:us-east-1:111122223333:function:f:blue" },
  });
});

test("a function that is switched off is throttled with the reason of reserved concurrency", async () => {
  const { invoke, counting } = aFrontend();
  const key = { accountId: "111122223333", region: "us-east-1", functionName: "f" };
  counting.configure(key, { reserved: 0, provisioned: new Map() });

  assert.deepEqual(await refusal(invoke()), {
    status: 429,
    code: "TooManyRequestsException",
    members: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", message: "Rate Exceeded." },
  });
});

test("whoever is not allowed to is refused before anything is looked up, waited for or counted", async () => {
  const { operations, worker, inFlight, accepted } = aFrontend();
  const asked: string[] = [];
  const context = aRequestContext({
    authorize(action, resourceArn) {
      asked.push(`${action} ${resourceArn}`);
      throw accessDenied("arn:aws:iam::111122223333:user/u", action, resourceArn);
    },
  });
  const arn = "arn:aws:lambda:us-east-1:111122223333:function:none:live";
  const input = { FunctionName: "none", Qualifier: "live" };

  const invokes = [
    operations.Invoke(input, context),
    operations.Invoke({ ...input, InvocationType: "Event" }, context),
    operations.Invoke({ ...input, InvocationType: "DryRun" }, context),
    operations.InvokeAsync({ FunctionName: "none:live", InvokeArgs: Buffer.from("{}") }, context),
    operations.InvokeWithResponseStream(input, context),
  ];
  const refusals = await Promise.all(invokes.map(refusal));

  assert.deepEqual(new Set(refusals.map((it) => it.code)), new Set(["AccessDeniedException"]));
  assert.deepEqual(asked, Array(5).fill(`lambda:InvokeFunction ${arn}`));
  assert.deepEqual([worker.started.length, inFlight(), accepted.length], [0, 0, 0]);
});
