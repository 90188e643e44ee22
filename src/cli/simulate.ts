// hearth simulate: a workload on simulated workers, by the very code that places and keeps environments.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline/promises";
import {
  readAzureTrace,
  type Report,
  simulate as run,
  syntheticWorkload,
  type Workload,
} from "../simulator/simulator.ts";
import { type Command, type Given, print } from "./command.ts";
import { withProgress } from "./terminal.ts";

const DEFAULTS = { functions: 1000, workers: 10, hours: 1, memory: 16_384, cores: 8, pool: 1000, seed: 1 } as const;

/** A number of an option. Throws an Error that says what is right. */
function numberOf({ values }: Given, name: keyof typeof DEFAULTS): number {
  const text = values[name];
  if (typeof text !== "string") return DEFAULTS[name];
  const value = Number(text);
  const isRight = Number.isFinite(value) && value > 0 && (name === "hours" || Number.isInteger(value));
  if (!isRight) throw new Error(`--${name} is ${text}; it is a number above 0`);
  return value;
}

async function workloadOf(given: Given): Promise<Workload> {
  const file = given.values["trace"];
  const seed = numberOf(given, "seed");
  if (typeof file !== "string") return syntheticWorkload(numberOf(given, "functions"), seed);
  const functionsMax = given.values["functions"] === undefined ? Infinity : numberOf(given, "functions");
  return await readAzureTrace(createInterface({ input: createReadStream(file) }), { seed, functionsMax });
}

const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;

function shown(report: Report): string {
  const throttles = Object.entries(report.throttled).map(([reason, count]) => `${count} ${reason}`);
  return [
    `${report.functions} functions on ${report.workers} workers for ${report.simulatedHours} h`,
    `invocations       ${report.invocations}`,
    `cold starts       ${percent(report.coldShare)}, waited ${report.coldWaitMsMedian} ms (median), ${report.coldWaitMs99} ms (99 %)`,
    `throttled         ${throttles.length === 0 ? "none" : throttles.join(", ")}`,
    `without room      ${report.failed}`,
    `environments      ${report.environmentsMax} at most`,
    `memory            ${report.busyGiBHours.toFixed(1)} GiBh in use, ${report.idleGiBHours.toFixed(1)} GiBh idle: ${percent(report.wastedShare)} wasted`,
    `placement         ${percent(report.localityShare)} of starts had their code there; the fullest worker was ${percent(report.imbalanceMean)} over the mean`,
  ].join("\n");
}

export const simulate: Command = {
  about: "simulates functions on many workers: cold starts, wasted memory, throttles, placement",
  usage: "hearth simulate [--trace FILE] [--functions N] [--workers N] [--hours H] [--keep-alive fixed|adaptive]",
  options: {
    trace: { type: "string", value: "FILE", about: "Azure Functions' trace of invocations a minute; else made up" },
    functions: { type: "string", value: "N", about: `functions (${DEFAULTS.functions}; of a trace: all)` },
    workers: { type: "string", value: "N", about: `workers (${DEFAULTS.workers})` },
    hours: { type: "string", value: "H", about: `simulated time (${DEFAULTS.hours})` },
    "keep-alive": { type: "string", value: "POLICY", about: "fixed or adaptive (fixed)" },
    memory: { type: "string", value: "MIB", about: `a worker's memory (${DEFAULTS.memory})` },
    cores: { type: "string", value: "N", about: `a worker's cores (${DEFAULTS.cores})` },
    pool: { type: "string", value: "N", about: `each account's concurrent executions (${DEFAULTS.pool})` },
    seed: { type: "string", value: "N", about: "the same seed gives the same result (1)" },
  },
  async run(given) {
    const keepAlive = given.values["keep-alive"] ?? "fixed";
    if (keepAlive !== "fixed" && keepAlive !== "adaptive") throw new Error("--keep-alive is fixed or adaptive");
    const simulated = run({
      workload: await workloadOf(given),
      hours: numberOf(given, "hours"),
      workers: numberOf(given, "workers"),
      worker: { memoryMiB: numberOf(given, "memory"), cores: numberOf(given, "cores") },
      keepAlive,
      concurrentExecutions: numberOf(given, "pool"),
      seed: numberOf(given, "seed"),
    });
    const report = await withProgress("time passes", simulated);
    print(given, report, shown(report));
    return 0;
  },
};
