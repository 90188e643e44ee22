// The command `hearth` as a shell sees it: output and exit codes.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { onTerminal, whyNoTerminal } from "./on-terminal.ts";

const hearth = fileURLToPath(new URL("../../bin/hearth", import.meta.url));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      "sh",
      [hearth, ...args],
      { env: { ...process.env, HEARTH_NODE: process.execPath } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

test("help lists the commands", async () => {
  const { code, stdout } = await run("--help");

  assert.equal(code, 0);
  assert.match(stdout, /^ {2}invoke +invokes a function/mu);
});

test("an unknown command or option is a wrong call", async () => {
  assert.equal((await run("dance")).code, 2);
  assert.equal((await run("status", "--dance")).code, 2);
});

test("config gives the value in force, by flag over default", async () => {
  const { stdout } = await run("config", "--json", "--port", "4999");

  assert.equal((JSON.parse(stdout) as { port: number }).port, 4999);
});

test("without a Hearth, status says how to start one", async () => {
  const { code, stderr } = await run("status", "--port", "1");

  assert.equal(code, 1);
  assert.match(stderr, /nothing answers at http:\/\/127.0.0.1:1; start it with: npm start/u);
});

test("every command's help lists its options, those of all among them", async () => {
  for (const [command, option] of [
    ["start", "--no-samples"],
    ["stop", "--data DIRECTORY"],
    ["status", "--json"],
    ["doctor", "--json"],
    ["config", "--auth VALUE"],
    ["invoke", "--payload JSON"],
    ["environments", "--json"],
    ["logs", "-f, --follow"],
    ["runtimes", "--from SOURCE"],
    ["reset", "--port PORT"],
    ["welcome", "--no-samples"],
  ] as const) {
    const { code, stdout } = await run(command, "--help");

    assert.equal(code, 0, command);
    assert.ok(stdout.startsWith(`hearth ${command}`), command);
    assert.ok(stdout.includes(`\n  ${option} `), `${command} has ${option}`);
    assert.ok(stdout.includes("\n  --json "), command);
  }
});

test("a command that is about a function asks for its name", async () => {
  const { code, stderr } = await run("invoke");

  assert.deepEqual(
    [code, stderr],
    [1, "hearth: which function? hearth invoke FUNCTION [--payload JSON | --event NAME] [--log] [--trace]\n"],
  );
});

test("colours are for terminals alone, and not where NO_COLOR asks for none", {
  skip: whyNoTerminal() ?? false,
}, async () => {
  const onOne = async (env: Record<string, string>): Promise<string> => {
    using terminal = onTerminal(["sh", hearth, "doctor"], { HEARTH_NODE: process.execPath, ...env });
    await terminal.ended;
    return terminal.shown();
  };

  assert.ok((await onOne({ NO_COLOR: "" })).includes("\x1b[3"));
  assert.ok(!(await onOne({ NO_COLOR: "1" })).includes("\x1b[3"));
  assert.ok(!(await run("doctor")).stdout.includes("\x1b["));
});

test("doctor says what the machine can do", async () => {
  const { stdout } = await run("doctor", "--json");

  assert.equal((JSON.parse(stdout) as { node: string }).node, process.versions.node);
});
