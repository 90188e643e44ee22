// Code that is run where it lies: an edit reaches the next invocation, what is unchanged stays warm, nothing else can be read.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  PublishVersionCommand,
} from "@aws-sdk/client-lambda";
import type { Numbered } from "../../src/feed/feed.ts";
import { active, aHearth, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { feedSoFar, feedUntil } from "../feed.ts";
import { hostPython } from "./host-python.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
const python = await hostPython();
const root = mkdtempSync(join(tmpdir(), "hearth-local-code-"));
let hearth: RunningHearth;
before(async () => {
  if (reason === undefined) hearth = await aHearth({ env: { HEARTH_LOCAL_CODE: root } });
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

/** A directory with files; sandboxes' users are others than ours. */
function aDirectory(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(root, name);
  for (const [file, text] of Object.entries(files)) write(join(directory, file), text);
  return directory;
}

function write(file: string, text: string): void {
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o755 });
  writeFileSync(file, text, { mode: 0o644 });
}

async function create(
  FunctionName: string,
  S3Key: string,
  more: Partial<ConstructorParameters<typeof CreateFunctionCommand>[0]> = {},
): Promise<void> {
  const Code = { S3Bucket: "hot-reload", S3Key };
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      Code,
      ...more,
    }),
  );
  await active(hearth.lambda, FunctionName);
}

async function invoke(FunctionName: string): Promise<{ said: unknown; calls: number }> {
  const { Payload, FunctionError } = await hearth.lambda.send(new InvokeCommand({ FunctionName }));
  const text = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, text);
  return JSON.parse(text) as { said: unknown; calls: number };
}

/** Changes something, and resolves when the environment that had loaded what was there has been let go. */
async function edit(change: () => void): Promise<number> {
  const isLetGo = (it: Numbered): boolean => it.event === "EnvironmentChanged" && it.to === "ShuttingDown";
  const before = (await feedSoFar(hearth)).length;
  const startedMs = performance.now();
  change();
  await feedUntil(hearth, (events) => events.slice(before).some(isLetGo));
  return performance.now() - startedMs;
}

const handler = (said: string): string =>
  `import { said } from "./lib/said.mjs"; let calls = 0; export const handler = async () => ({ said: "${said} " + said, calls: ++calls });`;

test("an edit reaches the next invocation within a second, also one below; unchanged code stays warm", {
  skip,
}, async () => {
  const directory = aDirectory("node", { "index.mjs": handler("one"), "lib/said.mjs": 'export const said = "a";' });
  await create("node", directory);

  const first = await invoke("node");
  const second = await invoke("node");
  const editedMs = await edit(() => write(join(directory, "index.mjs"), handler("two")));
  const third = await invoke("node");
  await edit(() => write(join(directory, "lib/said.mjs"), 'export const said = "b";'));
  const fourth = await invoke("node");
  const fifth = await invoke("node");

  assert.deepEqual(
    [first, second],
    [
      { said: "one a", calls: 1 },
      { said: "one a", calls: 2 },
    ],
  );
  assert.deepEqual(third, { said: "two a", calls: 1 });
  assert.deepEqual(
    [fourth, fifth],
    [
      { said: "two b", calls: 1 },
      { said: "two b", calls: 2 },
    ],
  );
  assert.ok(editedMs < 1_000, `${editedMs} ms`);
});

test("a directory that a bundler makes anew is still the function's, and so are new ones in it", { skip }, async () => {
  const directory = aDirectory("bundled", { "index.mjs": handler("old"), "lib/said.mjs": 'export const said = "a";' });
  await create("bundled", directory);
  await invoke("bundled");

  await edit(() => {
    renameSync(directory, `${directory}.old`);
    aDirectory("bundled", { "index.mjs": handler("new"), "lib/said.mjs": 'export const said = "a";' });
  });
  const anew = await invoke("bundled");
  await edit(() => write(join(directory, "lib/said.mjs"), 'export const said = "c";'));
  const after = await invoke("bundled");

  assert.deepEqual([anew.said, after.said], ["new a", "new c"]);
});

test("Python's modules are loaded anew too", {
  skip: skip || (python === undefined ? "there is no Python" : false),
}, async () => {
  const directory = aDirectory("python", {
    "index.py": "import lib\ndef handler(event, context):\n    return {'said': lib.said}\n",
    "lib.py": "said = 1\n",
  });
  await create("python", directory, { Runtime: python?.runtime ?? "python3.11" });

  const before = await invoke("python");
  await edit(() => write(join(directory, "lib.py"), "said = 2\n"));
  const after = await invoke("python");

  assert.deepEqual([before.said, after.said], [1, 2]);
});

test("a published version runs from there too, and where the code is is told", { skip }, async () => {
  const directory = aDirectory("published", { "index.mjs": handler("v"), "lib/said.mjs": 'export const said = "1";' });
  await create("published", directory);
  await hearth.lambda.send(new PublishVersionCommand({ FunctionName: "published" }));
  await active(hearth.lambda, "published:1");

  await invoke("published:1");
  await edit(() => write(join(directory, "lib/said.mjs"), 'export const said = "2";'));
  const { said } = await invoke("published:1");
  const { Code } = await hearth.lambda.send(new GetFunctionCommand({ FunctionName: "published" }));

  assert.equal(said, "v 2");
  assert.equal(Code?.Location, `file://${directory}`);
});

test("what is not allowed, not there or leads elsewhere is no function's code", { skip }, async () => {
  const attempt = (S3Key: string): Promise<string> =>
    create("never", S3Key).then(
      () => "created",
      (error: Error) => `${error.name}: ${error.message}`,
    );
  symlinkSync("/etc", join(root, "link"));

  const outside = await attempt("/etc");
  const missing = await attempt(join(root, "missing"));
  const { Configuration } = await hearth.lambda.send(new GetFunctionCommand({ FunctionName: "never" }));

  assert.match(outside, /^InvalidParameterValueException: \/etc is not below a directory of HEARTH_LOCAL_CODE/u);
  // Services can't see it: the worker says so.
  assert.match(missing, /Failed/u);
  assert.match(Configuration?.StateReason ?? "", /^there is no .*missing$/u);
  await create("link", join(root, "link")).catch(() => undefined);
  const linked = await hearth.lambda.send(new GetFunctionCommand({ FunctionName: "link" }));
  assert.match(linked.Configuration?.StateReason ?? "", /leads to \/etc, which is not below/u);
});
