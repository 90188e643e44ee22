// hearth logs against the real service: from before the function's first line, over the ends of streams, each line once.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { aServicesProcess, type RunningServices } from "../services.ts";

const hearth = fileURLToPath(new URL("../../bin/hearth", import.meta.url));
let services: RunningServices;
let logs: CloudWatchLogsClient;
before(async () => {
  services = await aServicesProcess();
  logs = new CloudWatchLogsClient({
    endpoint: services.endpoint,
    region: "us-east-1",
    // The command acts for this account.
    credentials: { accessKeyId: "000000000000", secretAccessKey: "any" },
  });
});
after(async () => {
  logs.destroy();
  await services[Symbol.asyncDispose]();
});

function start(...args: string[]): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const env = { ...process.env, HEARTH_NODE: process.execPath };
  return spawn("sh", [hearth, "logs", ...args, "--port", String(services.port)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  }) as ChildProcess & { readonly stdout: NodeJS.ReadableStream };
}

/** Runs to the end. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(...args);
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  const [code] = (await once(child, "close")) as [number];
  return { code, ...said };
}

async function put(
  functionName: string,
  logStreamName: string,
  ...events: (readonly [number, string])[]
): Promise<void> {
  const at = { logGroupName: `/aws/lambda/${functionName}`, logStreamName };
  await logs.send(new CreateLogGroupCommand(at)).catch(() => undefined);
  await logs.send(new CreateLogStreamCommand(at)).catch(() => undefined);
  const logEvents = events.map(([timestamp, message]) => ({ timestamp, message }));
  await logs.send(new PutLogEventsCommand({ ...at, logEvents }));
}

test("what is there is printed in order of time and the command ends; JSON has a line for each event", async () => {
  const now = Date.now();
  await put("there", "a", [now, "one\n"], [now + 2, '{"level":"ERROR"}']);
  await put("there", "b", [now + 1, "two\n"]);

  assert.equal((await run("there")).stdout, 'one\ntwo\n{"level":"ERROR"}\n');
  assert.equal((await run("there", "--filter", "{ $.level = ERROR }")).stdout, '{"level":"ERROR"}\n');
  const lines = (await run("there", "--json")).stdout.trim().split("\n");
  assert.deepEqual(
    lines.map((it) => (JSON.parse(it) as { logStreamName: string }).logStreamName),
    ["a", "b", "a"],
  );
});

test("a function without a log is said to have none", async () => {
  const { code, stderr } = await run("nowhere");

  assert.deepEqual([code, stderr], [1, "hearth: there is no log group /aws/lambda/nowhere yet\n"]);
});

test("-f waits for the first line and goes on from stream to stream, each line once, late ones too", async () => {
  const child = start("followed", "-f");
  let seen = "";
  child.stdout.setEncoding("utf8");
  const sees = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!seen.includes(text)) return;
        child.stdout.off("data", look);
        resolve();
      };
      child.stdout.on("data", look);
      look();
    });
  child.stdout.on("data", (text: string) => (seen += text));
  const now = Date.now();

  await put("followed", "first", [now, "one"]);
  await sees("one");
  await put("followed", "second", [now + 5, "two"]);
  await sees("two");
  // The first stream's last line comes after the second's, and happened before it.
  await put("followed", "first", [now + 1, "three"]);
  await sees("three");
  await put("followed", "second", [now + 6, "four"]);
  await sees("four");
  const ended = once(child, "close");
  child.kill("SIGTERM");
  await ended;

  assert.equal(seen, "one\ntwo\nthree\nfour\n");
});

test("a reader that has seen enough ends it quietly", async () => {
  await put("long", "a", ...Array.from({ length: 5_000 }, (_, it) => [Date.now(), `${it} ${"x".repeat(80)}`] as const));

  const child = start("long", "-f");
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  child.stdout.once("data", () => (child.stdout as NodeJS.ReadableStream & { destroy(): void }).destroy());
  const [code] = (await once(child, "exit")) as [number];

  assert.deepEqual([code, complaint], [0, ""]);
});
