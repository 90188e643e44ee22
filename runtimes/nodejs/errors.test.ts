// Every kind of error: in the module, in the handler, of whatever was thrown, and where nobody listens.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../fake-runtime-api.fixtures.ts";
import { legacy, newest, runNode } from "./node-client.fixtures.ts";

interface Body {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

function errorOf(outcome: Outcome, kind: "error" | "initError"): Body {
  assert.deepEqual(
    outcome.posts.map((it) => it.kind),
    [kind],
  );
  const body = outcome.posts[0]?.json as Body;
  assert.equal(outcome.posts[0]?.headers["lambda-runtime-function-error-type"], body.errorType);
  return body;
}
const thrown = async (expression: string): Promise<Body> =>
  errorOf(await runNode(`export const handler = async () => { throw ${expression}; };`), "error");

test("an error is its type, its message and its trace, and stands in the log with its members", async () => {
  const outcome = await runNode(
    "export const handler = async () => { throw Object.assign(new TypeError('boom'), { code: 'E1', extra: { a: 1 } }); };",
  );

  const { errorType, errorMessage, trace } = errorOf(outcome, "error");
  assert.deepEqual([errorType, errorMessage, trace[0]], ["TypeError", "boom", "TypeError: boom"]);
  assert.match(trace[1] ?? "", /^ {4}at handler \(file:.*\/index\.mjs:1:\d+\)$/u);
  const [time, , level, text = ""] = (outcome.frames[0]?.text ?? "").split("\t");
  assert.match(time ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/u);
  assert.deepEqual([level, text], ["ERROR", "Invoke Error "]);
  const logged = JSON.parse((outcome.frames[0]?.text ?? "").split("\t")[4] ?? "") as Record<string, unknown>;
  assert.deepEqual(
    { ...logged, stack: undefined },
    { errorType: "TypeError", errorMessage: "boom", code: "E1", extra: { a: 1 }, stack: undefined },
  );
  assert.deepEqual(logged["stack"], trace);
});

test("what is thrown without being an error is named by its type", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["'text'", "string", "text"],
    ["42", "number", "42"],
    ["undefined", "undefined", "undefined"],
    ["null", "object", "null"],
    ["{ a: 1 }", "object", "[object Object]"],
    [
      "Object.create(null)",
      "handled",
      "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    ],
  ];
  for (const [expression, errorType, errorMessage] of cases)
    assert.deepEqual(await thrown(expression), { errorType, errorMessage, trace: [] }, expression);
});

test("an error of a class, of another realm, or with a changed name is told by its name", async () => {
  assert.equal((await thrown("new (class Mine extends Error { name = 'Mine.Own' })('x')")).errorType, "Mine.Own");
  assert.equal(
    (await thrown("(await import('node:vm')).runInNewContext('new RangeError(1)')")).errorType,
    "RangeError",
  );
});

test("the function goes on after an error", async () => {
  const outcome = await runNode(
    "let n = 0; export const handler = async () => { if (n++ === 0) throw new Error('once'); return n; };",
    {
      events: [{ body: "{}" }, { body: "{}" }],
    },
  );

  assert.deepEqual(
    outcome.posts.map((it) => it.kind),
    ["error", "response"],
  );
  assert.equal(outcome.exitCode, undefined);
});

for (const [name, on] of [
  ["Node 26", newest],
  ["Node 22", legacy],
] as const) {
  const { skip } = on;
  const initErrorOf = async (files: Readonly<Record<string, string>>, handler = "index.handler"): Promise<Body> =>
    errorOf(await runNode(files, { handler, on }), "initError");

  test(`${name}: a module that is not there is an ImportModuleError`, { skip }, async () => {
    const { errorType, errorMessage } = await initErrorOf({ "other.mjs": "" });

    assert.equal(errorType, "Runtime.ImportModuleError");
    assert.match(errorMessage, /^Error: Cannot find module 'index'\nRequire stack:\n- .*\/index\.mjs$/u);
  });

  test(`${name}: a module that requires what is not there is an ImportModuleError too`, { skip }, async () => {
    const { errorType, errorMessage } = await initErrorOf({
      "index.js": "require('absent'); exports.handler = async () => 1;",
    });

    assert.equal(errorType, "Runtime.ImportModuleError");
    assert.match(errorMessage, /^Error: Cannot find module 'absent'\nRequire stack:\n- .*\/index\.js/u);
  });

  test(`${name}: an ES module that imports what is not there fails with Node's own error`, { skip }, async () => {
    const { errorType, errorMessage } = await initErrorOf({ "index.mjs": "import 'absent';" });

    assert.equal(errorType, "Error");
    assert.match(errorMessage, /^Cannot find package 'absent' imported from /u);
  });

  test(`${name}: a syntax error is a UserCodeSyntaxError with its place`, { skip }, async () => {
    for (const file of ["index.mjs", "index.js"]) {
      const { errorType, errorMessage, trace } = await initErrorOf({ [file]: "const x = ;" });

      assert.deepEqual([errorType, errorMessage], ["Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ';'"]);
      assert.ok(trace.includes("SyntaxError: Unexpected token ';'"));
      // Node itself tells the place for what is required, not for what is imported.
      if (name === "Node 22" && file === "index.js") assert.match(trace[0] ?? "", /\/index\.js:1$/u);
    }
  });

  test(`${name}: a handler that is not there, or no function, is a HandlerNotFound`, { skip }, async () => {
    const files = { "index.mjs": "export const other = async () => 1; export const text = 'x';" };
    const about = async (handler: string) => {
      const { errorType, errorMessage } = await initErrorOf(files, handler);
      return [errorType, errorMessage];
    };

    assert.deepEqual(await about("index.handler"), [
      "Runtime.HandlerNotFound",
      "index.handler is undefined or not exported",
    ]);
    assert.deepEqual(await about("index.text"), ["Runtime.HandlerNotFound", "index.text is not a function"]);
    assert.deepEqual(await about("index"), ["Runtime.MalformedHandlerName", "Bad handler"]);
    assert.deepEqual(await about("../index.handler"), [
      "Runtime.MalformedHandlerName",
      "'../index.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.",
    ]);
  });

  test(`${name}: an error of the module's own code is reported as it is`, { skip }, async () => {
    const outcome = await runNode({ "index.mjs": "throw new RangeError('at load');" }, { on });

    const { errorType, errorMessage } = errorOf(outcome, "initError");
    assert.deepEqual([errorType, errorMessage], ["RangeError", "at load"]);
    assert.match(
      outcome.frames[0]?.text ?? "",
      /^[^\t]+\tundefined\tERROR\t(?:Uncaught Exception|Init Error) \t\{"errorType":"RangeError"/u,
    );
    assert.equal(outcome.exitCode, name === "Node 22" ? 129 : 1);
  });

  test(`${name}: an exception that nobody catches ends the process after it is reported`, { skip }, async () => {
    const code =
      "export const handler = () => { setTimeout(() => { throw new RangeError('later'); }, 1); return new Promise(() => setInterval(() => 0, 1000)); };";
    const outcome = await runNode(code, { on });

    const { errorType, errorMessage } = errorOf(outcome, "error");
    assert.deepEqual([errorType, errorMessage, outcome.exitCode], ["RangeError", "later", 129]);
    assert.match(outcome.frames[0]?.text ?? "", /\tERROR\tUncaught Exception \t/u);
  });

  test(`${name}: a rejection that nobody handles ends the process after it is reported`, { skip }, async () => {
    const code =
      "export const handler = () => { Promise.reject(new Error('lost')); return new Promise(() => setInterval(() => 0, 1000)); };";
    const outcome = await runNode(code, { on });

    const { errorType, errorMessage, trace } = errorOf(outcome, "error");
    assert.deepEqual([errorType, errorMessage], ["Runtime.UnhandledPromiseRejection", "Error: lost"]);
    assert.equal(trace[0], "Runtime.UnhandledPromiseRejection: Error: lost");
    assert.equal(outcome.exitCode, 128);
    const logged = JSON.parse((outcome.frames[0]?.text ?? "").split("\t")[4] ?? "") as {
      reason: { errorMessage: string };
    };
    assert.match(outcome.frames[0]?.text ?? "", /\tERROR\tUnhandled Promise Rejection \t/u);
    assert.equal(logged.reason.errorMessage, "lost");
  });
}
