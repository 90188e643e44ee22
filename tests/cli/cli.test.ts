// The command line as a user meets it: what it prints, and its exit codes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function hearth(...args: readonly string[]): Ended {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_"));
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], {
    encoding: "utf8",
    env: Object.fromEntries(inherited),
    timeout: 30_000,
  });
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  server.close();
  await once(server, "close");
  return address.port;
}

test("--help lists every command", () => {
  const { status, stdout } = hearth("--help");

  assert.equal(status, 0);
  for (const name of ["start", "status", "doctor", "config", "invoke", "logs", "reset"])
    assert.match(stdout, new RegExp(`^  ${name}\\b`, "m"));
});

test("a command's --help shows how to call it", () => {
  const { status, stdout } = hearth("invoke", "--help");

  assert.equal(status, 0);
  assert.match(stdout, /^Usage: hearth invoke FUNCTION/);
});

test("what is called wrongly ends with 2 and says why", () => {
  const calls = [
    { args: ["no-such-command"], says: /no command no-such-command/ },
    { args: ["status", "--no-such-option"], says: /no-such-option/ },
    { args: ["invoke"], says: /FUNCTION is missing/ },
    { args: ["invoke", "f", "--payload", "{"], says: /--payload is no JSON/ },
    { args: ["status", "--port", "many"], says: /a port is a number/ },
  ];
  for (const { args, says } of calls) {
    const { status, stdout, stderr } = hearth(...args);

    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, says);
  }
});

test("config --json gives each setting with its value in force", () => {
  const { status, stdout } = hearth("config", "--json", "--port", "5000");

  assert.equal(status, 0);
  const rows = JSON.parse(stdout) as readonly { readonly name: string; readonly value: unknown }[];
  assert.equal(rows.find(({ name }) => name === "port")?.value, 5000);
  assert.equal(rows.find(({ name }) => name === "auth")?.value, "local");
});

test("where nothing listens, every command that asks ends with 1 and says how to start", async () => {
  const port = String(await closedPort());
  for (const args of [["status"], ["invoke", "f"], ["logs", "f"], ["reset"]]) {
    const { status, stdout, stderr } = hearth(...args, "--port", port);

    assert.equal(status, 1, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /nothing listens on .*hearth start/);
  }
});
