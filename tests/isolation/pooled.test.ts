// A runtime that was booted before its function was known must look to the function as if it had been started for it: the
// same questions are asked in an environment out of a pool and in one that was made fresh, and the answers are compared.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, type Runtime } from "@aws-sdk/client-lambda";
import type { Numbered } from "../../src/feed/feed.ts";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { feedSoFar, feedUntil } from "../feed.ts";

const skip = (await whyNoSandboxes()) ?? false;

let pooled: RunningHearth;
let fresh: RunningHearth;

before(async () => {
  if (skip !== false) return;
  [pooled, fresh] = await Promise.all([aHearth(), aHearth({ env: { HEARTH_POOL: "0" } })]);
});
after(async () => {
  if (skip === false) await Promise.all([pooled[Symbol.asyncDispose](), fresh[Symbol.asyncDispose]()]);
});

interface Given {
  readonly FunctionName: string;
  readonly Runtime: Runtime;
  readonly Handler: string;
  readonly files: Readonly<Record<string, string>>;
  readonly MemorySize?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly storageMiB?: number;
}

async function create(hearth: RunningHearth, given: Given): Promise<void> {
  const { files, variables, storageMiB, ...rest } = given;
  await hearth.lambda.send(
    new CreateFunctionCommand({
      MemorySize: 512,
      Timeout: 20,
      ...rest,
      Role: role,
      Environment: { Variables: { GREETING: "hello", ...variables } },
      EphemeralStorage: { Size: storageMiB ?? 512 },
      Code: { ZipFile: aZip(files) },
    }),
  );
  await active(hearth.lambda, given.FunctionName);
}

async function invoke(hearth: RunningHearth, FunctionName: string): Promise<Record<string, unknown>> {
  const { Payload, FunctionError } = await hearth.lambda.send(new InvokeCommand({ FunctionName }));
  const text = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, text);
  return JSON.parse(text) as Record<string, unknown>;
}

/** Waits until a runtime for this function waits in the pool. Each test has a runtime or memory size of its own. */
async function untilPooled(hearth: RunningHearth, { MemorySize = 512, Runtime }: Given): Promise<void> {
  const ours = Runtime.startsWith("python") ? "python" : `--max-old-space-size=${Math.floor(MemorySize * 0.9)} `;
  const isIt = (it: Numbered): boolean =>
    it.event === "SandboxPooled" && it.level === 2 && it.command?.includes(ours) === true;
  await feedUntil(hearth, (events) => events.some(isIt));
}

async function startOf(hearth: RunningHearth, functionName: string) {
  const [found] = (await feedSoFar(hearth)).flatMap((it) =>
    it.event === "EnvironmentStarted" && it.deploymentId.includes(`/${functionName}:`) ? [it] : [],
  );
  assert.ok(found !== undefined);
  return found;
}

/** Answers of the same function out of the pool and made fresh. */
async function bothWays(given: Given): Promise<readonly [Record<string, unknown>, Record<string, unknown>]> {
  await Promise.all([create(pooled, given), create(fresh, given)]);
  await untilPooled(pooled, given);
  const answers = [await invoke(pooled, given.FunctionName), await invoke(fresh, given.FunctionName)] as const;
  assert.equal((await startOf(pooled, given.FunctionName)).poolLevel, 2);
  assert.equal((await startOf(fresh, given.FunctionName)).poolLevel, 0);
  return answers;
}

/** What differs between any two environments. */
const OWN = new Set([
  "_X_AMZN_TRACE_ID",
  "AWS_ENDPOINT_URL",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  // Each Hearth has an address of its own.
  "AWS_XRAY_DAEMON_ADDRESS",
  "_AWS_XRAY_DAEMON_ADDRESS",
]);

function variablesOf(answer: Record<string, unknown>, name: string): Record<string, string> {
  const found = Object.entries(answer[name] as Record<string, string>);
  return Object.fromEntries(found.map(([key, value]) => [key, OWN.has(key) ? typeof value : value]));
}

const nodeQuestions = `
import { createRequire } from "node:module";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import v8 from "node:v8";
import { PerformanceObserver, performance as imported } from "node:perf_hooks";
import { execFileSync } from "node:child_process";
const require = createRequire(import.meta.url);
const kernelEnvironment = () => Object.fromEntries(readFileSync("/proc/self/environ", "utf8").split("\\0").filter(Boolean).map((it) => [it.slice(0, it.indexOf("=")), it.slice(it.indexOf("=") + 1)]));
const kindOf = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd).replace(/\\d+/g, "N"); } catch { return undefined; } };
const atInit = { uptime: process.uptime(), now: performance.now() };
export const handler = async () => ({
  variables: { ...process.env },
  kernelEnvironment: kernelEnvironment(),
  childEnvironment: JSON.parse(execFileSync(process.execPath, ["-p", "JSON.stringify(process.env)"], { env: process.env }).toString()),
  title: process.title,
  argv: process.argv,
  execArgv: process.execArgv,
  commandLine: readFileSync("/proc/self/cmdline", "utf8"),
  name: readFileSync("/proc/self/comm", "utf8"),
  cwd: process.cwd(),
  kernelCwd: readlinkSync("/proc/self/cwd"),
  descriptors: readdirSync("/proc/self/fd").map(kindOf).filter((it) => it !== undefined).sort(),
  cache: Object.keys(require.cache),
  globals: Object.getOwnPropertyNames(globalThis).sort(),
  uptimeSource: [process.uptime.name, performance.now.name, typeof performance.timeOrigin],
  heapLimit: v8.getHeapStatistics().heap_size_limit,
  listeners: process.eventNames().map(String).sort(),
  zone: [new Date(0).getTimezoneOffset(), Intl.DateTimeFormat().resolvedOptions().timeZone, Intl.DateTimeFormat().resolvedOptions().locale],
  umask: process.umask(),
  ids: [process.getuid(), process.getgid()],
  parentIsInit: readFileSync("/proc/" + process.ppid + "/comm", "utf8"),
  handles: process.getActiveResourcesInfo().sort(),
  agreeing: Math.abs(performance.now() - imported.now()) < 50 && Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 50 && Math.abs(performance.mark("m").startTime - performance.now()) < 50,
  atInit,
});
void PerformanceObserver;
`;

for (const Runtime of ["nodejs26.x", "nodejs22.x"] as const) {
  test(`${Runtime}: nothing that code can see tells a booted runtime from a fresh one`, { skip }, async () => {
    const FunctionName = `trace-${Runtime.replace(".", "-")}`;
    const MemorySize = 500 + Number(/\d+/u.exec(Runtime)?.[0]);
    const given = {
      FunctionName,
      Runtime,
      MemorySize,
      Handler: "index.handler",
      files: { "index.mjs": nodeQuestions },
    };

    const [ours, theirs] = await bothWays(given);

    for (const name of ["variables", "kernelEnvironment", "childEnvironment"]) {
      assert.deepEqual(variablesOf(ours, name), variablesOf(theirs, name), name);
      Reflect.deleteProperty(ours, name);
      Reflect.deleteProperty(theirs, name);
    }
    const [ourInit, theirInit] = [ours["atInit"], theirs["atInit"]] as { uptime: number; now: number }[];
    // Seconds pass in the pool; a fresh start takes tenths of one.
    for (const it of [ourInit, theirInit]) {
      assert.ok(it !== undefined && it.uptime < 5 && it.now < 5_000, JSON.stringify([ourInit, theirInit]));
    }
    assert.deepEqual({ ...ours, atInit: 0 }, { ...theirs, atInit: 0 });
    assert.equal(ours["agreeing"], true);
  });
}

const pythonQuestions = `
import gc, json, os, resource, signal, sys, threading, time, locale, subprocess
def kind(fd):
    try:
        return "".join("N" if c.isdigit() else c for c in os.readlink("/proc/self/fd/" + fd))
    except OSError:
        return None
def environ_of(text):
    return dict(it.split("=", 1) for it in text.split("\\0") if it)
def handler(event, context):
    return {
        "variables": dict(os.environ),
        "kernelEnvironment": environ_of(open("/proc/self/environ").read()),
        "childEnvironment": json.loads(subprocess.run([sys.executable, "-c", "import os,json;print(json.dumps(dict(os.environ)))"], capture_output=True, check=True).stdout),
        "argv": sys.argv, "orig": sys.orig_argv, "commandLine": open("/proc/self/cmdline").read(), "name": open("/proc/self/comm").read(),
        "cwd": os.getcwd(), "path": sys.path, "modules": sorted(sys.modules), "flags": str(sys.flags),
        "descriptors": sorted(it for it in map(kind, os.listdir("/proc/self/fd")) if it),
        "threads": threading.active_count(), "handlers": [str(signal.getsignal(s)) for s in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE)],
        "limits": [resource.getrlimit(getattr(resource, it)) for it in ("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_NOFILE", "RLIMIT_NPROC")],
        "gc": [gc.get_threshold(), gc.isenabled()], "recursion": sys.getrecursionlimit(), "zone": time.tzname, "locale": locale.setlocale(locale.LC_ALL, None),
        "allocator": os.environ.get("PYTHONMALLOC", "default"), "encoding": [sys.stdout.encoding, sys.getfilesystemencoding()],
    }
`;

test("python: nothing that code can see tells a booted runtime from a fresh one", { skip }, async (t) => {
  const { execFileSync } = await import("node:child_process");
  const version = execFileSync("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    .toString()
    .trim();
  t.diagnostic(`python${version}`);
  const given = {
    FunctionName: "trace-python",
    Runtime: `python${version}` as Runtime,
    Handler: "app.handler",
    files: { "app.py": pythonQuestions },
  };

  const [ours, theirs] = await bothWays(given);

  for (const name of ["variables", "kernelEnvironment", "childEnvironment"]) {
    assert.deepEqual(variablesOf(ours, name), variablesOf(theirs, name), name);
    Reflect.deleteProperty(ours, name);
    Reflect.deleteProperty(theirs, name);
  }
  assert.deepEqual(ours, theirs);
});

test("the heap limit of a booted Node follows its function's memory size", { skip }, async () => {
  const heap = `import v8 from "node:v8"; export const handler = async () => ({ limit: v8.getHeapStatistics().heap_size_limit });`;
  const given = { Runtime: "nodejs26.x", Handler: "index.handler", files: { "index.mjs": heap } } as const;

  const [[small], [large]] = [
    await bothWays({ ...given, FunctionName: "heap-small", MemorySize: 640 }),
    await bothWays({ ...given, FunctionName: "heap-large", MemorySize: 1769 }),
  ];

  const MiB = 1_048_576;
  assert.ok(
    Number(small["limit"]) > 0.9 * 640 * MiB && Number(small["limit"]) < 1.3 * 640 * MiB,
    JSON.stringify(small),
  );
  assert.ok(Number(large["limit"]) > 0.9 * 1769 * MiB && Number(large["limit"]) < 1.3 * 1769 * MiB);
});

test("memory, /tmp and CPU of a sandbox out of the pool are the function's own", { skip }, async () => {
  const limits = `import { readFileSync, statfsSync } from "node:fs";
    export const handler = async () => { const it = statfsSync("/tmp"); return { tmpMiB: (it.blocks * it.bsize) / 1048576, cpuMs: process.cpuUsage().user }; };`;
  const given = {
    FunctionName: "limits",
    Runtime: "nodejs26.x",
    Handler: "index.handler",
    MemorySize: 300,
    storageMiB: 777,
    files: { "index.mjs": limits },
  } as const;

  const [ours, theirs] = await bothWays(given);

  assert.deepEqual([ours["tmpMiB"], theirs["tmpMiB"]], [777, 777]);
});

test("a function whose settings reach the runtime's start gets a bare sandbox, and the events say why", {
  skip,
}, async () => {
  const given = {
    FunctionName: "early",
    Runtime: "nodejs26.x",
    Handler: "index.handler",
    variables: { NODE_OPTIONS: "--title=early" },
    files: { "index.mjs": "export const handler = async () => ({ title: process.title });" },
  } as const;
  await create(pooled, given);

  assert.deepEqual(await invoke(pooled, "early"), { title: "early" });

  const start = await startOf(pooled, "early");
  assert.notEqual(start.poolLevel, 2);
  // Whether a bare one waits at that moment is the pool's matter.
  const reason = "NODE_OPTIONS is read when the runtime starts";
  assert.equal(start.poolMiss, start.poolLevel === 1 ? reason : `${reason}; the pool is empty`);
});
