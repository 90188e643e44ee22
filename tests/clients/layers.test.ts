// Layers in environments: what Node.js, Python and packages with their own runtime find of them, in sandboxes and in plain
// processes; sharing with another account, deletion, and the aws command.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  AddLayerVersionPermissionCommand,
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { libraryClosure } from "../../src/worker/rootfs/library-closure.ts";
import { active, aHearth, aZip, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { createAws, findAws2 } from "./aws-cli.ts";
import { answer, create, publish } from "./a-function.ts";
import { hostPython } from "./host-python.ts";
import { poolLevelOf, untilBooted } from "./pool-levels.ts";

const noSandboxes = (await whyNoSandboxes()) ?? false;
const python = await hostPython();
const noPython = python === undefined ? "the host has no Python 3.9 to 3.14" : false;
const aws2 = await findAws2();
const noAws = aws2 === undefined ? "the machine has no aws command of version 2" : false;

let hearth: RunningHearth;
let plain: RunningHearth;
before(async () => {
  [hearth, plain] = await Promise.all([
    aHearth(noSandboxes === false ? {} : { env: { HEARTH_DRIVER: "process" } }),
    aHearth({ env: { HEARTH_DRIVER: "process" } }),
  ]);
});
after(async () => {
  await Promise.all([hearth[Symbol.asyncDispose](), plain[Symbol.asyncDispose]()]);
});

const module = (value: string): string => `module.exports = ${JSON.stringify(value)};`;

const DRIVERS: readonly { readonly driver: string; readonly skip: string | false; readonly on: () => RunningHearth }[] =
  [
    { driver: "sandboxes", skip: noSandboxes, on: () => hearth },
    { driver: "plain processes", skip: false, on: () => plain },
  ];

for (const { driver, skip, on } of DRIVERS) {
  test(`${driver}: Node.js finds layers' modules by require and import, before its own, later layers first`, {
    skip,
  }, async () => {
    const { lambda } = on();
    const layers = [
      await publish(lambda, "first", {
        "nodejs/node_modules/both/index.js": module("first"),
        "nodejs/node_modules/only/index.js": module("first"),
        "nodejs/node_modules/versioned/index.js": module("for all"),
        "nodejs/node_modules/@aws-sdk/client-sts/index.js": module("the layer's"),
      }),
      await publish(lambda, "second", {
        "nodejs/node_modules/both/index.js": module("second"),
        "nodejs/node26/node_modules/versioned/index.js": module("for 26"),
        "bin/tool": "#!/bin/sh\necho tool\n",
      }),
    ];
    const names = `["both", "only", "versioned", "@aws-sdk/client-sts"]`;
    await create(lambda, "modules", {
      Layers: layers,
      files: {
        "index.mjs": `import both from "both";
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
const require = createRequire(import.meta.url);
export const handler = async () => ({
  both,
  imported: await Promise.all(${names}.map(async (it) => (await import(it)).default)),
  required: ${names}.map((it) => require(it)),
  tool: execFileSync("tool").toString().trim(),
});`,
      },
    });

    const found = ["second", "first", "for 26", "the layer's"];
    assert.deepEqual(await answer(lambda, "modules"), {
      both: "second",
      imported: found,
      required: found,
      tool: "tool",
    });
  });

  test(`${driver}: Python finds layers' packages in AWS's order, and their .pth files`, {
    skip: skip === false ? noPython : skip,
  }, async () => {
    const { lambda } = on();
    const { runtime = "python3.13", version = "" } = python ?? {};
    const site = `python/lib/python${version}/site-packages`;
    const layer = await publish(lambda, "packages", {
      "python/both.py": "WHERE = 'python'",
      [`${site}/both.py`]: "WHERE = 'site-packages'",
      "python/boto3.py": "WHERE = 'the layer'",
      "python/json_like.py": "WHERE = 'the layer'",
      [`${site}/more.pth`]: "more\n",
      [`${site}/more/by_pth.py`]: "WHERE = 'by .pth'",
    });
    await create(lambda, "packages", {
      Runtime: runtime,
      Handler: "app.handler",
      Layers: [layer],
      files: {
        "json_like.py": "WHERE = 'the package'",
        "app.py": `import sys, os
import both, boto3, json_like, by_pth
def handler(event, context):
    return {"where": [it.WHERE for it in (both, boto3, json_like, by_pth)], "path": sys.path[:3], "told": "_HEARTH_OPT" in os.environ}
`,
      },
    });

    const found = (await answer(lambda, "packages")) as { where: string[]; path: string[]; told: boolean };

    assert.deepEqual(found.where, ["site-packages", "the layer", "the package", "by .pth"]);
    assert.ok(found.path[1]?.endsWith(site), found.path.join(" "));
    assert.equal(found.path[1], `${found.path[2] ?? ""}/${site.slice("python/".length)}`);
    assert.equal(found.told, false);
    if (driver === "sandboxes") assert.deepEqual(found.path, ["/var/task", `/opt/${site}`, "/opt/python"]);
  });

  test(`${driver}: a layer brings the bootstrap of a provided runtime, and a wrapper is that one's own matter`, {
    skip,
  }, async () => {
    const { lambda } = on();
    const layer = await publish(lambda, "bootstrap", {
      bootstrap: `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  id=$(curl -sSi "$api/next" | tr -d '\\r' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //Ip')
  curl -sS -X POST "$api/$id/response" -d "\\"$(tool) $AWS_LAMBDA_EXEC_WRAPPER\\"" >/dev/null
done
`,
      "bin/tool": "#!/bin/sh\necho layered\n",
    });
    await create(lambda, "provided", {
      Runtime: "provided.al2023",
      Handler: "none",
      Layers: [layer],
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: "/none" } },
      files: { "data.txt": "1" },
    });

    assert.match(String(await answer(lambda, "provided")), /^layered \/\w+$/u);
  });

  test(`${driver}: a wrapper of a layer or of the package starts Node.js and Python with their whole command`, {
    skip: skip === false ? noPython : skip,
  }, async () => {
    const { lambda } = on();
    const wrapper = `#!/bin/sh
export WRAPPED="$# arguments"
exec "$@"
`;
    const layer = await publish(lambda, "wrapper", { "bin/wrap": wrapper });
    await create(lambda, "wrapped-node", {
      Layers: [layer],
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: "/opt/bin/wrap" } },
      files: { "index.mjs": "export const handler = async () => [process.env.WRAPPED, process.execArgv];" },
    });
    await create(lambda, "wrapped-python", {
      Runtime: python?.runtime ?? "python3.13",
      Handler: "app.handler",
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: "/var/task/bin/wrap" } },
      files: {
        "app.py": "import os\ndef handler(event, context): return os.environ['WRAPPED']\n",
        "bin/wrap": wrapper,
      },
    });

    assert.deepEqual(await answer(lambda, "wrapped-node"), ["3 arguments", ["--max-old-space-size=460"]]);
    assert.equal(await answer(lambda, "wrapped-python"), "2 arguments");
  });
}

test("five layers are merged in their order, read-only", { skip: noSandboxes }, async () => {
  const { lambda } = hearth;
  const layers: string[] = [];
  for (const number of [1, 2, 3, 4, 5]) {
    const files = Object.fromEntries([1, 2, 3, 4, 5].slice(0, number).map((it) => [`shared/${it}.txt`, `${number}`]));
    layers.push(await publish(lambda, `five-${number}`, { ...files, [`own/${number}.txt`]: `${number}` }));
  }
  const code = `import { readdirSync, readFileSync, writeFileSync } from "node:fs";
const read = (it) => readFileSync("/opt/shared/" + it, "utf8");
export const handler = async () => {
  let written = "";
  try { writeFileSync("/opt/x", ""); } catch (error) { written = error.code; }
  return { shared: readdirSync("/opt/shared").map(read), own: readdirSync("/opt/own"), written };
};`;
  await create(lambda, "five", { Layers: layers, files: { "index.mjs": code } });
  await create(lambda, "backwards", { Layers: [...layers].reverse(), files: { "index.mjs": code } });

  const own = ["1.txt", "2.txt", "3.txt", "4.txt", "5.txt"];
  assert.deepEqual(await answer(lambda, "five"), { shared: ["5", "5", "5", "5", "5"], own, written: "EROFS" });
  assert.deepEqual(await answer(lambda, "backwards"), { shared: ["1", "2", "3", "4", "5"], own, written: "EROFS" });
});

/*
 * A runtime that waits in the pool has looked for libraries where layers will be, before they are. The library is one of
 * the machine's under a name of its own, so that nothing but the layer has it.
 */
test("a runtime out of the pool finds a layer's modules, programs and libraries, and an empty /opt without one", {
  skip: noSandboxes === false ? noPython : noSandboxes,
}, async () => {
  // Its own, so that what waits in the pool is for these functions.
  await using own = await aHearth();
  const { lambda } = own;
  const library = (await libraryClosure("/bin/sh")).find((it) => it.includes("libc.so")) ?? "";
  const layer = await publish(lambda, "pooled", {
    "python/layered.py": "WHERE = 'the layer'",
    "bin/tool": "#!/bin/sh\necho tool\n",
    "lib/libhearthlayer.so": readFileSync(library),
  });
  const given = {
    Runtime: python?.runtime ?? "python3.13",
    Handler: "app.handler",
    files: {
      "app.py": `import ctypes, os, subprocess
def handler(event, context):
    if not os.path.exists("/opt/bin"):
        return os.listdir("/opt")
    import layered
    return [layered.WHERE, subprocess.check_output(["tool"]).decode().strip(), bool(ctypes.CDLL("libhearthlayer.so").getpid)]
`,
    },
  } as const;
  await create(lambda, "pooled", { ...given, Layers: [layer] });
  await create(lambda, "pooled-without", given);
  await untilBooted(own, "python", 1);

  assert.deepEqual(await answer(lambda, "pooled"), ["the layer", "tool", true]);
  assert.equal(await poolLevelOf(own, "pooled"), 2);
  await untilBooted(own, "python", 2);
  assert.deepEqual(await answer(lambda, "pooled-without"), []);
  assert.equal(await poolLevelOf(own, "pooled-without"), 2);
});

test("another account's layer runs where it is shared, and on after it was deleted", async () => {
  const { lambda, endpoint } = hearth;
  const credentials = { accessKeyId: "444455556666", secretAccessKey: "any" };
  const theirs = new LambdaClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  const arn = await publish(theirs, "shared", { "nodejs/node_modules/theirs/index.js": module("theirs") });
  const given = { Layers: [arn], files: { "index.cjs": `exports.handler = async () => require("theirs");` } };
  const version = { LayerName: "shared", VersionNumber: 1 };

  await assert.rejects(create(lambda, "sharing", given), { name: "AccessDeniedException" });
  await theirs.send(
    new AddLayerVersionPermissionCommand({
      ...version,
      StatementId: "all",
      Action: "lambda:GetLayerVersion",
      Principal: "*",
    }),
  );
  await create(lambda, "sharing", given);
  assert.equal(await answer(lambda, "sharing"), "theirs");
  await theirs.send(new DeleteLayerVersionCommand(version));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "sharing", Timeout: 21 }));
  await updated(lambda, "sharing");

  assert.equal(await answer(lambda, "sharing"), "theirs");
  const { Layers } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "sharing" }));
  assert.equal(Layers?.[0]?.Arn, arn);
  theirs.destroy();
});

test("a layer's zip is fetched from where its version says", async () => {
  const { lambda } = hearth;
  const files = { "nodejs/node_modules/a/index.js": module("a") };
  await publish(lambda, "fetched", files);

  const { Content } = await lambda.send(new GetLayerVersionCommand({ LayerName: "fetched", VersionNumber: 1 }));
  const fetched = await fetch(Content?.Location ?? "");

  assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), Buffer.from(aZip(files)));
});

test("the aws command publishes, shares, lists, uses and deletes layers", { skip: noAws }, async () => {
  const aws = createAws(aws2 ?? "aws", hearth.endpoint);
  const directory = mkdtempSync(join(tmpdir(), "hearth-layer-"));
  writeFileSync(join(directory, "layer.zip"), aZip({ "nodejs/node_modules/cli/index.js": module("cli") }));
  const run = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await aws.run("lambda", ...args)) || "{}") as Record<string, unknown>;
  const version = ["--layer-name", "cli", "--version-number", "1"];

  const zip = ["--zip-file", `fileb://${directory}/layer.zip`, "--compatible-runtimes", "nodejs24.x", "nodejs26.x"];
  const published = await run("publish-layer-version", "--layer-name", "cli", ...zip);
  const grant = ["--statement-id", "s", "--action", "lambda:GetLayerVersion", "--principal", "*"];
  await run("add-layer-version-permission", ...version, ...grant);
  const policy = await run("get-layer-version-policy", ...version);
  const listed = await run("list-layers", "--compatible-runtime", "nodejs24.x");
  const byArn = await run("get-layer-version-by-arn", "--arn", String(published["LayerVersionArn"]));
  await create(hearth.lambda, "by-cli", { files: { "index.cjs": `exports.handler = async () => require("cli");` } });
  await run(
    "update-function-configuration",
    "--function-name",
    "by-cli",
    "--layers",
    String(published["LayerVersionArn"]),
  );
  await updated(hearth.lambda, "by-cli");
  await active(hearth.lambda, "by-cli");

  assert.equal(await answer(hearth.lambda, "by-cli"), "cli");
  assert.match(String(policy["Policy"]), /"Principal":"\*"/u);
  assert.deepEqual(
    (listed["Layers"] as { LayerName: string }[]).map((it) => it.LayerName),
    ["cli"],
  );
  assert.equal(byArn["Version"], 1);
  await run("remove-layer-version-permission", ...version, "--statement-id", "s");
  await run("delete-layer-version", ...version);
  assert.deepEqual((await run("list-layer-versions", "--layer-name", "cli"))["LayerVersions"], []);
  rmSync(directory, { recursive: true });
});
