// hearth start and stop: the first start on a terminal, the end, and starts that can't be.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { processesOf, sharedRuntimes, whyNoSandboxes } from "../a-hearth.ts";
import { onTerminal, whyNoTerminal } from "./on-terminal.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const hearth = join(root, "bin/hearth");
const noSandboxes = await whyNoSandboxes();
const noTerminal = whyNoTerminal();
// Nothing is installed or fetched: what is there has to do.
const env = {
  HEARTH_NODE: process.execPath,
  HEARTH_RUNTIMES: sharedRuntimes,
  HEARTH_NO_INSTALL: "1",
  HEARTH_BASE_IMAGES: "never",
};

function aDirectory(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "hearth-start-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function aTakenPort(): Promise<{ readonly port: number } & Disposable> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, [Symbol.dispose]: () => void server.close() };
}

async function aFreePort(): Promise<number> {
  using taken = await aTakenPort();
  return taken.port;
}

/** Runs services.ts of some tree until it ends. */
async function services(tree: string, ...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(tree, "src/main/services.ts"), ...args],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

const run = (...args: string[]) =>
  spawnSync("sh", [hearth, ...args], { env: { ...process.env, ...env }, encoding: "utf8" });

test("the first start on a terminal deploys samples and shows how to go on; stop ends it whole", {
  skip: noSandboxes ?? noTerminal ?? false,
}, async () => {
  using data = aDirectory();
  const port = String(await aFreePort());

  using terminal = onTerminal(["sh", hearth, "start", "--port", port, "--data", data.path], env);
  await terminal.shows(
    /hello-nodejs.* answers \{"greeting":"Hello, Hearth!".*\n +cold start \d+ ms \((?:\w+ [\d.]+ ms(?:, )?)+\), warm [\d.]+ ms/u,
  );

  const shown = terminal.shown();
  assert.match(shown, new RegExp(`export AWS_ENDPOINT_URL=http://127\\.0\\.0\\.1:${port} `, "u"));
  assert.ok(shown.includes(`export AWS_CA_BUNDLE=${data.path}/services/ca.pem NODE_EXTRA_CA_CERTS=`));
  const stopped = run("stop", "--data", data.path, "--json");
  assert.equal(stopped.status, 0, stopped.stderr);
  assert.equal((JSON.parse(stopped.stdout) as { status: string }).status, "stopped");
  await terminal.ended;
  assert.deepEqual(processesOf(data.path), []);
  const again = run("stop", "--data", data.path);
  assert.deepEqual([again.status, again.stdout], [0, `No Hearth runs with its data in ${data.path}.\n`]);
});

test("without samples, and not on a terminal, none are deployed", {
  skip: noSandboxes ?? noTerminal ?? false,
}, async () => {
  using data = aDirectory();
  const port = String(await aFreePort());

  using terminal = onTerminal(["sh", hearth, "start", "--no-samples", "--port", port, "--data", data.path], env);
  await terminal.shows(/export AWS_CA_BUNDLE=/u);
  await terminal.shows(/worker \w+ joined/u);
  const { stdout } = spawnSync("sh", [hearth, "invoke", "hello-nodejs", "--port", port], {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  assert.match(stdout, /Function not found/u);
  run("stop", "--data", data.path);
  await terminal.ended;

  assert.doesNotMatch(terminal.shown(), /hello-nodejs/u);
});

test("stop does not touch a process that merely bears the number", () => {
  using data = aDirectory();
  const other = spawn("sleep", ["60"]);
  try {
    spawnSync("sh", ["-c", `echo ${other.pid ?? 0} > ${data.path}/supervisor.pid`]);

    assert.equal(run("stop", "--data", data.path).status, 0);

    assert.equal(other.exitCode, null);
    assert.ok(readFileSync(`/proc/${other.pid ?? 0}/cmdline`, "utf8").startsWith("sleep"));
  } finally {
    other.kill();
  }
});

test("a port that is taken ends the start with what to do, and is not tried again", async () => {
  using data = aDirectory();
  using taken = await aTakenPort();

  const { code, stderr } = await services(root, "--port", String(taken.port), "--data", data.path);

  assert.equal(code, 78);
  assert.match(
    stderr,
    /can't listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\); stop what listens there, or choose another with --port/u,
  );
});

test("code that the reserved user can't read ends the start with the fix", {
  skip: process.getuid?.() === 0 ? false : "only root has a reserved user to become",
}, async () => {
  using data = aDirectory();
  using closed = aDirectory();
  const tree = join(closed.path, "hearth");
  mkdirSync(tree);
  cpSync(join(root, "src"), join(tree, "src"), { recursive: true });
  cpSync(join(root, "package.json"), join(tree, "package.json"));
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  chmodSync(closed.path, 0o700);

  const { code, stderr } = await services(tree, "--port", "0", "--data", data.path);

  assert.equal(code, 78);
  assert.match(stderr, /services run as user 59566, who can't read .*: .* is closed to others; fix: chmod o\+x /u);
  assert.ok(stderr.includes(`fix: chmod o+x ${closed.path},`), stderr);
});

test("start --no-install installs nothing and names what is missing", () => {
  using directory = aDirectory();
  const tree = join(directory.path, "clone");
  mkdirSync(tree);
  for (const name of ["bin", "tools", "package-lock.json"])
    cpSync(join(root, name), join(tree, name), { recursive: true });

  const { HEARTH_NO_INSTALL: _, HEARTH_NODE: __, ...inherited } = process.env;
  const started = spawnSync("sh", [join(tree, "bin/hearth"), "start", "--no-install"], {
    env: { ...inherited, PATH: "/usr/bin:/bin" },
    encoding: "utf8",
  });

  assert.notEqual(started.status, 0);
  assert.match(started.stderr, /npm packages are missing; fix: npm ci --ignore-scripts/u);
});
