// What handlers in Ruby see and what becomes of them, by Hearth's client on whatever Ruby the machine has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { askRuby } from "../../src/worker/rootfs/ruby-runtime.ts";
import { type Outcome, type Post, requestIdOf, runClient, type Run } from "../fake-runtime-api.fixtures.ts";

const ruby = await askRuby("ruby");
const skip = ruby === undefined ? "the machine has no Ruby" : false;
const client = fileURLToPath(new URL("hearth_runtime.rb", import.meta.url));

function runRuby(
  code: string,
  { events = [{}], ...more }: Partial<Omit<Run, "events">> & { readonly events?: readonly unknown[] } = {},
): Promise<Outcome> {
  const headers = { "content-type": "application/json" };
  return runClient({
    command: [ruby?.binary ?? "", "-E", "UTF-8", client],
    files: { "app.rb": code },
    handler: "app.handler",
    hasTelemetry: true,
    events: events.map((it) => ({ body: JSON.stringify(it), headers })),
    ...more,
  });
}

interface Body {
  readonly errorMessage: string;
  readonly errorType: string;
  readonly stackTrace: readonly string[];
}

/** What was posted of an error, which must be there. */
function bodyOf(post: Post | undefined): Body {
  assert.ok(post !== undefined, "nothing was posted");
  return post.json as Body;
}

test("a method is a handler, and so is one of a class or a module", { skip }, async () => {
  const plain = await runRuby("def handler(event:, context:)\n  { got: event }\nend\n", {
    events: [{ a: [1, null, "ü"] }],
  });
  const inModule = await runRuby("module A\n  class B\n    def self.go(event:, context:) = 1\n  end\nend\n", {
    handler: "app.A::B.go",
  });

  assert.deepEqual(plain.posts[0]?.json, { got: { a: [1, null, "ü"] } });
  assert.equal(plain.exitCode, undefined);
  assert.equal(inModule.posts[0]?.json, 1, inModule.stderr);
});

test("the context has what AWS's has", { skip }, async () => {
  const code = `def handler(event:, context:)
  [context.aws_request_id, context.invoked_function_arn, context.get_remaining_time_in_millis.positive?, context.function_name]
end
`;
  const { posts } = await runRuby(code, { env: { AWS_LAMBDA_FUNCTION_NAME: "f" } });

  const [id, arn, isLeft, name] = (posts[0]?.json ?? []) as readonly unknown[];
  assert.deepEqual([id, isLeft, name], [requestIdOf(0), true, "f"]);
  assert.match(String(arn), /^arn:aws:lambda:/u);
});

test("an error that is raised has AWS's form, and the environment goes on", { skip }, async () => {
  const code = 'def handler(event:, context:)\n  raise "boom" if event["fail"]\n  $calls = ($calls || 0) + 1\nend\n';

  const { posts, frames, taskRoot } = await runRuby(code, { events: [{}, { fail: true }, {}] });

  const [first, failed, second] = posts;
  assert.deepEqual([first?.json, second?.json], [1, 2]);
  const { errorMessage, errorType, stackTrace } = bodyOf(failed);
  assert.deepEqual([failed?.kind, errorMessage, errorType], ["error", "boom", "Function<RuntimeError>"]);
  assert.equal(stackTrace.length, 1);
  assert.match(stackTrace[0] ?? "", new RegExp(`^${taskRoot}/app\\.rb:2:in [\`'].*handler'$`, "u"));
  assert.equal(failed?.headers["lambda-runtime-function-error-type"], "Function<UserException>");
  assert.match(frames[0]?.text ?? "", /^Error raised from handler method\n\{\n  "errorMessage": "boom",/u);
});

test("a method that is not there ends the environment once it is told", { skip }, async () => {
  const { posts, exitCode } = await runRuby("def handler(event:, context:)\n  nil.nowhere\nend\n");

  const { errorType } = bodyOf(posts[0]);
  assert.deepEqual([posts[0]?.kind, errorType, exitCode], ["error", "Function<NoMethodError>", 255]);
  assert.equal(posts[0]?.headers["lambda-runtime-function-error-type"], "Function<NoMethodError>");
});

test("code that can't be loaded and handlers of no form are errors of the initialisation", { skip }, async () => {
  const missing = await runRuby("require 'nowhere'\n");
  const wrong = await runRuby("def handler(event:, context:)\n  1 +\nend\n");
  const form = await runRuby("", { handler: "app" });

  const of = ({ posts }: Outcome): unknown[] => [posts[0]?.kind, bodyOf(posts[0]).errorType];
  assert.deepEqual(of(missing), ["initError", "Init<LoadError>"]);
  assert.deepEqual(of(wrong), ["initError", "Init<SyntaxError>"]);
  assert.deepEqual(of(form), ["initError", "Init<ArgumentError>"]);
  assert.equal(missing.exitCode, 252);
});

test("what is not JSON goes as it is, and what can't be JSON is the handler's error", { skip }, async () => {
  const bytes = await runRuby('require "stringio"\ndef handler(event:, context:) = StringIO.new("as it is")\n');
  const never = await runRuby("def handler(event:, context:) = Float::NAN\n");

  assert.deepEqual(
    [bytes.posts[0]?.text, bytes.posts[0]?.headers["content-type"]],
    ["as it is", "application/unknown"],
  );
  assert.equal(bodyOf(never.posts[0]).errorType, "Function<JSON::GeneratorError>");
});

const LOGGING = `require "logger"
LOGGER = Logger.new($stdout)
def handler(event:, context:)
  puts "two\\nlines", 3
  LOGGER.warn("careful")
  LOGGER.debug("seldom")
  nil
end
`;

test("puts and Logger write frames, an entry each, with the request's id", { skip }, async () => {
  const { frames } = await runRuby(LOGGING);

  const [put, warned, debugged] = frames.map(({ text }) => text);
  assert.equal(put, "two\nlines\n3");
  assert.match(warned ?? "", new RegExp(`^W, \\[\\S+ #\\d+\\]  WARN ${requestIdOf(0)} -- : careful\n$`, "u"));
  assert.match(debugged ?? "", /^D, /u);
});

test("with the log format JSON, Logger writes JSON from the log level on", { skip }, async () => {
  const { frames } = await runRuby(LOGGING, { env: { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "INFO" } });

  assert.equal(frames.length, 2);
  const { timestamp, ...rest } = JSON.parse(frames[1]?.text ?? "") as Record<string, unknown>;
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/u);
  assert.deepEqual(rest, { level: "WARN", message: "careful", requestId: requestIdOf(0) });
});
