// The example in Ruby by Hearth's client, in real sandboxes, on Ruby 3.3 as AWS has it: the machine's, or another system's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, GetFunctionConfigurationCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { findRuby } from "../../src/worker/rootfs/ruby-runtime.ts";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { interpreters } from "../interpreters.ts";
import { create, publish } from "./a-function.ts";

const noSandboxes = await whyNoSandboxes();
const isHere = async (version: string): Promise<boolean> => (await findRuby(version, interpreters)) !== undefined;
const noRuby = (await isHere("3.3"))
  ? undefined
  : "this machine has no Ruby 3.3, nor has tools/setup.sh --test brought one";
const skip = noSandboxes ?? noRuby ?? false;
const isLacking = noSandboxes === undefined && !(await isHere("3.4"));
const example = readFileSync(new URL("../../examples/hello-ruby/hello.rb", import.meta.url));

let hearth: RunningHearth;
before(async () => {
  if (noSandboxes === undefined) hearth = await aHearth({ env: { HEARTH_INTERPRETERS: interpreters.join(":") } });
});
after(async () => {
  if (noSandboxes === undefined) await hearth[Symbol.asyncDispose]();
});

async function invoke(name: string, event: unknown): Promise<{ json: unknown; error: string; log: string }> {
  const output = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: name, LogType: "Tail", Payload: JSON.stringify(event) }),
  );
  const json = JSON.parse(Buffer.from(output.Payload ?? []).toString()) as unknown;
  const log = Buffer.from(output.LogResult ?? "", "base64").toString();
  return { json, error: output.FunctionError ?? "", log };
}

test("the example in Ruby runs, logs and fails as on AWS", { skip }, async () => {
  const given = { Runtime: "ruby3.3", Handler: "hello.Hello.call", files: { "hello.rb": example } } as const;
  await create(hearth.lambda, "hello", given);

  const first = await invoke("hello", { name: "Ada" });
  const failed = await invoke("hello", {});
  const second = await invoke("hello", { name: "Bo" });

  const arn = "arn:aws:lambda:us-east-1:111122223333:function:hello";
  assert.deepEqual(first.json, { greeting: "Hello, Ada", calls: 1, arn }, first.log);
  assert.match(first.log, /^I, \[\S+ #\d+\]  INFO [\w-]{36} -- : greeting Ada$/mu);
  const { errorMessage, errorType, stackTrace } = failed.json as Record<string, unknown>;
  assert.deepEqual(
    [failed.error, errorMessage, errorType],
    ["Unhandled", "name whom to greet", "Function<ArgumentError>"],
  );
  assert.match((stackTrace as string[])[0] ?? "", /^\/var\/task\/hello\.rb:10:in /u);
  assert.deepEqual(second.json, { greeting: "Hello, Bo", calls: 2, arn });
});

test("Ruby finds layers' libraries, and has TLS, YAML and UTF-8", { skip }, async () => {
  const layer = await publish(hearth.lambda, "greeter", { "ruby/lib/greeter.rb": "GREETER = 'from the layer'\n" });
  const code = `require "greeter"
require "openssl"
require "yaml"
require "net/http"
def handler(event:, context:)
  [RUBY_VERSION[0, 3], GREETER, OpenSSL::Digest::SHA256.hexdigest("").size, YAML.load("a: [1]"), "ü".encoding.to_s, Encoding.default_external.to_s,
   Process.uid, ENV["GEM_PATH"]]
end
`;
  await create(hearth.lambda, "layered", {
    Runtime: "ruby3.3",
    Handler: "app.handler",
    Layers: [layer],
    files: { "app.rb": code },
  });

  const { json, log } = await invoke("layered", {});

  const gems = "/var/task/vendor/bundle/ruby/3.3.0:/opt/ruby/gems/3.3.0";
  assert.deepEqual(json, ["3.3", "from the layer", 64, { a: [1] }, "UTF-8", "UTF-8", 993, gems], log);
});

test("where there is no Ruby of that version the function is Failed, and says what to do", {
  skip: noSandboxes ?? (isLacking ? false : "this machine has Ruby 3.4"),
}, async () => {
  const FunctionName = "nowhere";
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: "ruby3.4",
      Handler: "hello.Hello.call",
      Code: { ZipFile: aZip({ "hello.rb": example }) },
    }),
  );

  await assert.rejects(active(hearth.lambda, FunctionName));

  const found = await hearth.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  assert.equal(found.State, "Failed");
  assert.match(
    found.StateReason ?? "",
    /ruby3\.4 is not here: this machine has no Ruby 3\.4; .+Add it with: hearth runtimes add ruby3\.4 --from/u,
  );
});
