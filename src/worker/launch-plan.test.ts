import assert from "node:assert/strict";
import { test } from "node:test";
import { bootPlan, commandsOf, workingDirectoryOf, wrapperOf } from "./launch-plan.ts";
import type { Prepared } from "./rootfs/rootfs.ts";

type Ready = Extract<Prepared, { ready: true }>;

const aRoot = (start: Ready["start"]): Ready => ({
  ready: true,
  rootfs: "/roots/r",
  start,
  runtimeDirectory: "/var/runtime",
  environment: { SSL_CERT_DIR: "/etc/ssl" },
  note: undefined,
});
const node = aRoot({ kind: "nodejs", interpreter: "/var/lang/bin/node" });
const aSpec = (variables: Readonly<Record<string, string>> = {}, memoryMiB = 128) => ({
  memoryMiB,
  runtime: "nodejs26.x",
  image: undefined,
  ownVariables: Object.keys(variables),
  environment: { PATH: "/bin", TZ: ":UTC", AWS_SECRET_ACCESS_KEY: "secret", _HANDLER: "a.b", ...variables },
});

test("a booted runtime has the command of a fresh one, its heap limit after the memory size too", () => {
  const plan = bootPlan(aSpec({}, 1000), node);

  assert.ok(plan.canBoot);
  assert.deepEqual(plan.boot.command, ["/var/lang/bin/node", "--max-old-space-size=900", "/var/runtime/index.mjs"]);
  assert.deepEqual([plan.boot.command], commandsOf(aSpec({}, 1000), node.start));
});

test("what a debugger is waited for by is started with it, and never booted ahead", () => {
  const target = { host: "0.0.0.0", port: 9229 };
  const python = aRoot({ kind: "python", interpreter: "/var/lang/bin/python3" });

  assert.deepEqual(commandsOf(aSpec(), node.start, target)[0]?.[2], "--inspect-wait=0.0.0.0:9229");
  assert.deepEqual(
    commandsOf({ ...aSpec(), runtime: "nodejs18.x" }, node.start, target)[0]?.[2],
    "--inspect-brk=0.0.0.0:9229",
  );
  assert.deepEqual(commandsOf(aSpec(), python.start, target), [
    ["/var/lang/bin/python3", "/var/runtime/hearth_debugpy.py", "0.0.0.0", "9229"],
  ]);
  assert.equal(bootPlan({ ...aSpec(), debugPort: 9229 }, node).canBoot, false);
});

test("it knows what AWS and the image set for every function, and nothing of this one", () => {
  const plan = bootPlan(aSpec({ TABLE: "orders" }), node);

  assert.ok(plan.canBoot);
  assert.deepEqual(plan.boot.environment, { SSL_CERT_DIR: "/etc/ssl", PATH: "/bin", TZ: ":UTC" });
});

test("settings that reach the runtime's own start keep it from being booted ahead, and the reason names them", () => {
  const names = [
    "NODE_OPTIONS",
    "NODE_EXTRA_CA_CERTS",
    "AWS_LAMBDA_EXEC_WRAPPER",
    "TZ",
    "LANG",
    "LC_ALL",
    "LD_PRELOAD",
    "PATH",
    "PYTHONMALLOC",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "MALLOC_ARENA_MAX",
    "GLIBC_TUNABLES",
    "UV_THREADPOOL_SIZE",
  ];
  for (const name of names) {
    assert.deepEqual(bootPlan(aSpec({ [name]: "x" }), node), {
      canBoot: false,
      reason: `${name} is read when the runtime starts`,
    });
  }
});

test("what only the function's code reads does not", () => {
  assert.ok(bootPlan(aSpec({ TABLE_NAME: "t", AWS_LAMBDA_LOG_LEVEL: "DEBUG", MY_NODE_OPTIONS: "x" }), node).canBoot);
});

test("runtimes that are not Hearth's clients can't wait for a function", () => {
  assert.equal(bootPlan(aSpec(), aRoot({ kind: "package" })).canBoot, false);
  assert.equal(bootPlan(aSpec(), aRoot({ kind: "own", bootstrap: "/var/runtime/bootstrap" })).canBoot, false);
});

test("a wrapper starts the managed runtimes; what a package or an image brings starts by itself", () => {
  const spec = aSpec({ AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrap" });

  assert.equal(wrapperOf(spec, node.start), "/opt/wrap");
  assert.equal(wrapperOf(spec, { kind: "python", interpreter: "/var/lang/bin/python3.13" }), "/opt/wrap");
  assert.equal(wrapperOf(spec, { kind: "package" }), undefined);
  assert.equal(wrapperOf(spec, { kind: "own", bootstrap: "/var/runtime/bootstrap" }), undefined);
  assert.equal(wrapperOf(aSpec(), node.start), undefined);
  assert.equal(wrapperOf(aSpec({ AWS_LAMBDA_EXEC_WRAPPER: "" }), node.start), undefined);
});

test("an image is run as it says, unless its function says otherwise", () => {
  const config = { environment: {}, entryPoint: ["/entry"], command: ["app.handler"], workingDirectory: "/srv" };
  const start = { kind: "image" as const, config };
  const image = { uri: "i", digest: undefined, entryPoint: undefined, command: undefined, workingDirectory: undefined };
  const spec = (own: Partial<typeof image> | object) => ({ ...aSpec(), image: { ...image, ...own } });

  assert.deepEqual(commandsOf(spec({}), start), [["/entry", "app.handler"]]);
  assert.deepEqual(commandsOf(spec({ command: ["other.handler"] }), start), [["/entry", "other.handler"]]);
  // As Docker has it: an entry point of one's own comes without the image's command.
  assert.deepEqual(commandsOf(spec({ entryPoint: ["/mine", "-x"] }), start), [["/mine", "-x"]]);
  assert.equal(workingDirectoryOf(spec({}), start), "/srv");
  assert.equal(workingDirectoryOf(spec({ workingDirectory: "/" }), start), "/");
  assert.equal(workingDirectoryOf(aSpec(), node.start), "/var/task");
  assert.deepEqual(bootPlan(aSpec(), aRoot(start)), { canBoot: false, reason: "a container image is run as it is" });
});
