// Java packages of some size get an archive of their own classes when they are published, and their starts take them from it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  InvokeCommand,
  PublishLayerVersionCommand,
  type Runtime,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { unzipSync } from "fflate";
import { runtimeImageClasses } from "../../src/worker/compiled/java/runtime-image.ts";
import { findJava } from "../../src/worker/rootfs/java-runtime.ts";
import { active, aHearth, aZip, role, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { builtExample } from "../built-example.ts";
import { interpreters } from "../interpreters.ts";
import { functionLogAtEnd } from "./function-log.ts";

const noSandboxes = await whyNoSandboxes();
const example = await builtExample({
  name: "hello-java",
  command: ["mvn", "-q", "-B", "package"],
  output: "target/hello.jar",
});
let hearth: RunningHearth;
let logs: CloudWatchLogsClient;
before(async () => {
  if (noSandboxes !== undefined) return;
  hearth = await aHearth({ env: { HEARTH_INTERPRETERS: interpreters.join(":") } });
  logs = new CloudWatchLogsClient(hearth.clientConfig);
});
after(async () => {
  if (noSandboxes !== undefined) return;
  logs.destroy();
  await hearth[Symbol.asyncDispose]();
});

/** What of the dependency comes out of a layer. */
const LAYERED = "org/crac/Resource.class";

/** The example as Gradle packs one, the classes of its dependency in a jar; with its layer large enough that an archive is made. */
function aPackage(): { readonly zip: Uint8Array; readonly layer: Uint8Array } {
  const files = unzipSync("file" in example ? example.file : new Uint8Array());
  const jar: Record<string, Uint8Array> = {};
  const zip: Record<string, Uint8Array> = {};
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith("/") || name === LAYERED) continue;
    if (name.startsWith("org/")) jar[name] = content;
    else zip[name] = content;
  }
  const table = crypto.getRandomValues(new Uint8Array(60_000));
  const tables = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`table${i}`, table.map((it) => it ^ i)]));
  return {
    zip: aZip({ ...zip, "lib/dependency.jar": aZip(jar) }),
    layer: aZip({ "java/lib/layered.jar": aZip({ [LAYERED]: files[LAYERED] ?? new Uint8Array(), ...tables }) }),
  };
}

async function invoke(FunctionName: string): Promise<unknown> {
  const { Payload, FunctionError } = await hearth.lambda.send(
    new InvokeCommand({ FunctionName, Payload: '{"name":"Ada"}' }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, text);
  return JSON.parse(text) as unknown;
}

for (const version of ["17", "21", "25"]) {
  const java = await findJava(version, interpreters);
  const noJava = java === undefined && `this machine has no Java ${version}`;
  const skip = noSandboxes ?? (noJava || example.why);
  const name = `packed${version}`;

  test(`java${version} lists its own classes`, { skip: noJava }, async () => {
    const classes = await runtimeImageClasses(join(java?.home ?? "", "lib/modules"));

    assert.ok(classes.has("java/lang/Object") && classes.has("java/util/Map$Entry"));
    assert.ok(classes.size > 5_000, String(classes.size));
  });

  test(`java${version} takes a package's classes out of an archive for which none of it ran, unless an option excludes it`, {
    skip,
  }, async () => {
    const { zip, layer } = aPackage();
    const { LayerVersionArn = "" } = await hearth.lambda.send(
      new PublishLayerVersionCommand({ LayerName: name, Content: { ZipFile: layer } }),
    );
    await hearth.lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Role: role,
        Runtime: `java${version}` as Runtime,
        Handler: "example.Snapped",
        MemorySize: 512,
        Timeout: 30,
        Environment: { Variables: { JAVA_TOOL_OPTIONS: "-Xlog:class+load=info" } },
        Layers: [LayerVersionArn],
        Code: { ZipFile: zip },
      }),
    );
    await active(hearth.lambda, name);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/${name}` }));
    assert.deepEqual(logGroups, [], "something ran before the first invocation");
    assert.deepEqual(await invoke(name), ["initialised"]);
    // The archive is of the first collector, and of all heaps below 32 GB.
    const Variables = { JAVA_TOOL_OPTIONS: "-XX:-UseCompressedClassPointers -XX:-UseCompressedOops" };
    await hearth.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables } }),
    );
    await updated(hearth.lambda, name);
    assert.deepEqual(await invoke(name), ["initialised"]);

    const log = await functionLogAtEnd(hearth, logs, name);

    for (const loaded of [
      "example.Snapped",
      "org.crac.Core",
      "org.crac.Resource",
      "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
    ])
      assert.match(log, new RegExp(`${RegExp.escape(loaded)} source: shared objects file`, "u"));
  });
}
