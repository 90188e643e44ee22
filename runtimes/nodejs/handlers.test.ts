// Every form of handler that AWS takes, in both generations of its Node.js runtime, and the context that handlers get.
import assert from "node:assert/strict";
import { test } from "node:test";
import { requestIdOf } from "../fake-runtime-api.fixtures.ts";
import { legacy, newest, runNode } from "./node-client.fixtures.ts";

const generations = { "Node 26": newest, "Node 22": legacy };

for (const [name, on] of Object.entries(generations)) {
  const { skip } = on;
  const answerOf = async (...args: Parameters<typeof runNode>): Promise<unknown> => {
    const { posts } = await runNode(args[0], { ...args[1], on });
    assert.equal(posts.length, 1);
    assert.equal(posts[0]?.kind, "response", posts[0]?.text ?? "nothing was posted");
    return posts[0]?.json;
  };

  test(`${name}: an async handler of an ES module answers with its result`, { skip }, async () => {
    assert.deepEqual(
      await answerOf("export const handler = async (event) => ({ got: event });", { event: { a: [1] } }),
      {
        got: { a: [1] },
      },
    );
  });

  test(`${name}: an async handler of a CommonJS module answers with its result`, { skip }, async () => {
    assert.equal(await answerOf({ "index.js": "exports.handler = async () => 'cjs';" }), "cjs");
    assert.equal(await answerOf({ "index.cjs": "exports.handler = async () => 'cjs';" }), "cjs");
    assert.equal(await answerOf({ index: "exports.handler = async () => 'bare';" }), "bare");
  });

  test(`${name}: .js is an ES module where package.json says so`, { skip }, async () => {
    const files = {
      "package.json": '{"type":"module"}',
      "index.js": "export const handler = async () => import.meta.url;",
    };
    assert.match(String(await answerOf(files)), /^file:.*index\.js$/u);
  });

  test(`${name}: a handler's path leads through directories and nested exports`, { skip }, async () => {
    const files = { "src/deep/app.mjs": "export const api = { v1: { get: async () => 'nested' } };" };
    assert.equal(await answerOf(files, { handler: "src/deep/app.api.v1.get" }), "nested");
    assert.equal(await answerOf(files, { handler: "./src/deep/app.api.v1.get" }), "nested");
  });

  test(`${name}: a handler of an installed package is found by its name`, { skip }, async () => {
    const files = {
      "node_modules/wrapped/package.json": '{"main":"main.js"}',
      "node_modules/wrapped/main.js": "exports.handler = async () => 'wrapped';",
    };
    assert.equal(await answerOf(files, { handler: "wrapped.handler" }), "wrapped");
  });

  test(`${name}: a module's top-level await is part of its initialisation`, { skip }, async () => {
    const code =
      "const ready = await new Promise((r) => setTimeout(() => r('ready'), 5)); export const handler = async () => ready;";
    assert.equal(await answerOf(code), "ready");
  });

  test(`${name}: no result is null; what JSON can't say fails`, { skip }, async () => {
    assert.equal(await answerOf("export const handler = async () => {};"), null);
    const { posts } = await runNode("export const handler = async () => 1n;", { on });
    assert.deepEqual(
      { ...(posts[0]?.json as object), trace: undefined },
      {
        errorType: name === "Node 22" ? "Error" : "Runtime.JSONStringifyError",
        errorMessage: "Unable to stringify response body",
        trace: undefined,
      },
    );
  });

  test(`${name}: a drained event loop without an answer gives null`, { skip }, async () => {
    assert.equal(await answerOf("export const handler = () => new Promise(() => undefined);"), null);
  });

  test(`${name}: module state and the process stay from one invocation to the next`, { skip }, async () => {
    const { posts } = await runNode(
      "let calls = 0; export const handler = async () => [++calls, process.env._X_AMZN_TRACE_ID];",
      {
        on,
        events: [{ body: "{}", headers: { "Lambda-Runtime-Trace-Id": "Root=1" } }, { body: "{}" }],
      },
    );
    assert.deepEqual(
      posts.map((it) => it.json),
      [
        [1, "Root=1"],
        [2, null],
      ],
    );
  });

  test(`${name}: the context is complete`, { skip }, async () => {
    const code = `export const handler = async (event, context) => ({ ...context,
      left: context.getRemainingTimeInMillis() > 0 && context.getRemainingTimeInMillis() <= 30000,
      keys: undefined, callbackWaitsForEmptyEventLoop: undefined });`;
    const { posts } = await runNode(code, {
      on,
      events: [
        {
          body: "{}",
          headers: {
            "Lambda-Runtime-Trace-Id": "Root=1",
            "Lambda-Runtime-Client-Context": '{"custom":{"a":"b"}}',
            "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
            "Lambda-Runtime-Aws-Tenant-Id": "tenant",
          },
        },
      ],
    });
    assert.deepEqual(posts[0]?.json, {
      functionName: "fake",
      functionVersion: "$LATEST",
      memoryLimitInMB: "128",
      logGroupName: "/aws/lambda/fake",
      logStreamName: "stream",
      clientContext: { custom: { a: "b" } },
      identity: { cognitoIdentityId: "i", cognitoIdentityPoolId: "p" },
      invokedFunctionArn: "arn:aws:lambda:us-east-1:111122223333:function:fake",
      awsRequestId: requestIdOf(0),
      tenantId: "tenant",
      left: true,
      ...(name === "Node 22" ? {} : { xRayTraceId: "Root=1" }),
    });
  });
}

test("Node 26: an invocation's answer does not wait for what goes on behind it", async () => {
  const code = "export const handler = async () => { setInterval(() => undefined, 1000); return 'at once'; };";

  assert.equal((await runNode(code)).posts[0]?.json, "at once");
});

test("Node 26: a plain function's result is its answer", async () => {
  assert.equal((await runNode("export const handler = (event) => event.a;", { event: { a: 7 } })).posts[0]?.json, 7);
});

test("Node 26: a handler with a callback is refused at initialisation in AWS's words", async () => {
  const { posts, exitCode } = await runNode("export const handler = (event, context, callback) => callback(null, 1);");

  assert.ok(posts[0]?.kind === "initError");
  const { errorType, errorMessage } = posts[0].json as Record<string, string>;
  assert.equal(errorType, "Runtime.CallbackHandlerDeprecated");
  assert.match(
    errorMessage ?? "",
    /^ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24\./u,
  );
  assert.equal(exitCode, 1);
});

test("Node 26: W3C trace context is taken out of the client context", async () => {
  const { posts } = await runNode(
    "export const handler = async (e, context) => [context.w3c(), context.clientContext];",
    {
      events: [
        { body: "{}", headers: { "Lambda-Runtime-Client-Context": '{"w3c":{"traceparent":"t","x":"y"},"env":{}}' } },
      ],
    },
  );

  assert.deepEqual(posts[0]?.json, [{ traceparent: "t" }, { env: {} }]);
});

const callbacks = async (code: string, event: unknown = {}): Promise<unknown> => {
  const { posts } = await runNode({ "index.js": `exports.handler = ${code};` }, { on: legacy, event });
  assert.equal(posts.length, 1);
  return posts[0]?.kind === "response" ? posts[0].json : { error: posts[0]?.json };
};
const { skip } = legacy;

test("Node 22: a callback's answer waits until nothing is left to do, unless told otherwise", { skip }, async () => {
  const late = "globalThis.late = 'no'; setTimeout(() => { globalThis.late = 'yes'; }, 20)";
  const answer = "callback(null, { toJSON: () => globalThis.late })";

  assert.equal(await callbacks(`(e, context, callback) => { ${late}; ${answer}; }`), "yes");
  assert.equal(
    await callbacks(
      `(e, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; ${late}; ${answer}; }`,
    ),
    "no",
  );
});

test("Node 22: only the first of callback, context methods and promise counts", { skip }, async () => {
  assert.equal(
    await callbacks("(e, context, callback) => { context.succeed(1); callback(null, 2); context.done(null, 3); }"),
    1,
  );
  assert.equal(await callbacks("async (e, context) => { context.done(null, 'done'); return 'returned'; }"), "done");
});

test("Node 22: a callback's error and context.fail are errors of the function", { skip }, async () => {
  const typed = (it: unknown) => {
    const { errorType, errorMessage } = (it as { error: Record<string, string> }).error;
    return [errorType, errorMessage];
  };

  assert.deepEqual(typed(await callbacks("(e, c, callback) => callback(new RangeError('far'))")), [
    "RangeError",
    "far",
  ]);
  assert.deepEqual(typed(await callbacks("(e, c, callback) => callback('text')")), ["string", "text"]);
  assert.deepEqual(typed(await callbacks("(e, context) => context.fail()")), ["string", "handled"]);
});

test("Node 22: a plain function's result is no answer; without a callback it is null", { skip }, async () => {
  assert.equal(await callbacks("() => 'ignored'"), null);
});

test("Node 22: an async function that never settles is told so", { skip }, async () => {
  const { error } = (await callbacks("async () => { await new Promise(() => undefined); }")) as {
    error: Record<string, string>;
  };

  assert.equal(error["errorType"], "Runtime.NodeJsExit");
  assert.match(error["errorMessage"] ?? "", /^The Lambda runtime client detected an unexpected Node.js exit code\./u);
});
