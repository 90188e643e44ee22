// hearth welcome: what the first start on a terminal shows: how to reach Hearth, and sample functions running in it.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../foundation/fault.ts";
import { readSettings, type Settings } from "../main/settings.ts";
import { ask, type Command, endpoint, localHeaders, print, settingOptions } from "./command.ts";
import { type Sample, samplesHere } from "./samples.ts";
import { storedZip } from "./stored-zip.ts";
import { paint, withProgress } from "./terminal.ts";

const LOOK_EVERY_MS = 100;
/** The first start builds the root filesystems of runtimes. */
const READY_MS_MAX = 600_000;
const ROLE = "arn:aws:iam::000000000000:role/sample";

/** How a sample went. */
type Ran =
  | {
      readonly outcome: "ran";
      readonly result: string;
      readonly coldMs: number;
      readonly warmMs: number;
      /** Of the cold start, as the feed tells it. */
      readonly phasesMs: Readonly<Record<string, number>>;
    }
  | { readonly outcome: "failed"; readonly reason: string };

/** Asks until there is an answer that will do. Throws an Error at the bound; ends when whoever started this has. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const starter = process.ppid;
  for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += LOOK_EVERY_MS) {
    // Ctrl-C does not reach what a script has put into the background.
    if (process.ppid !== starter) process.exit(0);
    const found = await look();
    if (found !== undefined) return found;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error("Hearth did not get ready; its messages above say why");
}

async function isReady(url: string): Promise<true | undefined> {
  const response = await fetch(`${url}/_hearth/health`).catch(() => undefined);
  return response?.status === 200 ? true : undefined;
}

async function lambda(url: string, method: string, path: string, body?: object): Promise<Response> {
  const init = { method, headers: localHeaders("lambda") };
  const request = body === undefined ? init : { ...init, body: JSON.stringify(body) };
  return await ask(`${url}/2015-03-31/functions${path}`, request);
}

/** Makes the function where it is missing. Throws an Error with Hearth's own words. */
async function deploy(url: string, sample: Sample): Promise<void> {
  const response = await lambda(url, "POST", "", {
    FunctionName: sample.functionName,
    Runtime: sample.runtime,
    Handler: sample.handler,
    Role: ROLE,
    MemorySize: 512,
    Timeout: 10,
    Code: { ZipFile: storedZip(sample.files).toString("base64") },
  });
  if (!response.ok && response.status !== 409) throw new Error(await response.text());
  await until(async () => {
    const read = await lambda(url, "GET", `/${sample.functionName}/configuration`);
    const { State, StateReason } = (await read.json()) as { State?: string; StateReason?: string };
    if (State === "Failed") throw new Error(StateReason);
    return State === "Active" ? true : undefined;
  });
}

async function invoke(url: string, sample: Sample): Promise<{ readonly result: string; readonly ms: number }> {
  const startMs = performance.now();
  const response = await lambda(url, "POST", `/${sample.functionName}/invocations`, sample.event);
  const result = await response.text();
  if (!response.ok || response.headers.get("x-amz-function-error") !== null) throw new Error(result);
  return { result, ms: performance.now() - startMs };
}

/** The phases of a function's newest cold start; none where the feed has let them go. */
async function phasesOf(url: string, functionName: string): Promise<Readonly<Record<string, number>>> {
  const read = await ask(`${url}/_hearth/events`);
  const { events } = (await read.json()) as {
    events: readonly { deploymentId?: string; phasesMs?: Record<string, number> }[];
  };
  const starts = events.filter((it) => it.phasesMs !== undefined && it.deploymentId?.includes(`/${functionName}:`));
  return starts.at(-1)?.phasesMs ?? {};
}

async function runSample(url: string, sample: Sample): Promise<Ran> {
  try {
    await withProgress(`deploying ${sample.functionName}`, deploy(url, sample));
    const cold = await withProgress(`${sample.functionName} starts`, invoke(url, sample));
    const warm = await invoke(url, sample);
    const phasesMs = await phasesOf(url, sample.functionName);
    return { outcome: "ran", result: warm.result, coldMs: cold.ms, warmMs: warm.ms, phasesMs };
  } catch (error) {
    return { outcome: "failed", reason: messageOf(error) };
  }
}

const shownMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

function sampleLines({ functionName, runtime }: Sample, ran: Ran): readonly string[] {
  const name = `  ${paint(functionName, "bold")} (${runtime})`;
  if (ran.outcome === "failed") return [`${name} ${paint("failed", "red")}: ${ran.reason}`];
  const phases = Object.entries(ran.phasesMs).map(([phase, ms]) => `${phase} ${shownMs(ms)}`);
  return [
    `${name} answers ${ran.result}`,
    `    cold start ${shownMs(ran.coldMs)}${phases.length === 0 ? "" : ` (${phases.join(", ")})`}, warm ${shownMs(ran.warmMs)}`,
    `    again: hearth invoke ${functionName}`,
  ];
}

function reachLines(url: string, { data, host, port }: Settings): readonly string[] {
  const ca = join(data, "services", "ca.pem");
  return [
    `${paint("Hearth is ready", "green")} at ${url} and https://${host}:${port}. Point AWS's tools at it:`,
    `  export AWS_ENDPOINT_URL=${url} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1`,
    "Over TLS, trust its certificate authority:",
    `  export AWS_CA_BUNDLE=${ca} NODE_EXTRA_CA_CERTS=${ca}`,
  ];
}

export const welcome: Command = {
  about: "waits until Hearth is ready, says how to reach it, and runs sample functions",
  usage: "hearth welcome [--no-samples]",
  options: {
    ...settingOptions,
    "no-samples": { type: "boolean", about: "deploys no sample functions" },
    once: { type: "boolean", about: "does nothing where the data directory has been welcomed" },
  },
  async run(given) {
    const settings = readSettings(given.args, process.env);
    const marker = join(settings.data, "welcomed");
    if (given.values["once"] === true && existsSync(marker)) return 0;
    const url = endpoint(given.args);
    await withProgress(
      "waiting until Hearth is ready",
      until(() => isReady(url)),
    );
    writeFileSync(marker, "");
    const reach = reachLines(url, settings);
    if (!given.isJson) process.stdout.write(`${reach.join("\n")}\n`);
    // Where every key is verified, this command has none.
    const isWanted = given.values["no-samples"] !== true && settings.auth === "local";
    const samples = isWanted ? await samplesHere() : [];
    const ran: Record<string, Ran> = {};
    for (const sample of samples) {
      const outcome = await runSample(url, sample);
      ran[sample.functionName] = outcome;
      if (!given.isJson) process.stdout.write(`${sampleLines(sample, outcome).join("\n")}\n`);
    }
    if (given.isJson) print(given, { endpoint: url, samples: ran }, "");
    return Object.values(ran).every((it) => it.outcome === "ran") ? 0 : 1;
  },
};
