// Hearth beside its yardsticks, in one run on one machine. `npm run bench -- warm cold` runs those sections, `--quick` fewer rounds.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { children } from "./proc.ts";
import { plot } from "./report/plot.ts";
import { machine, results, type SectionResult } from "./report/results.ts";
import { table } from "./report/table.ts";
import { burst } from "./sections/burst.ts";
import { cold } from "./sections/cold.ts";
import { authorization } from "./sections/authorization.ts";
import { control } from "./sections/control.ts";
import { memory } from "./sections/memory.ts";
import { network } from "./sections/network.ts";
import { packages } from "./sections/packages.ts";
import { payloads } from "./sections/payloads.ts";
import { peers } from "./sections/peers.ts";
import { queue } from "./sections/queue.ts";
import { startUp } from "./sections/start-up.ts";
import { streaming } from "./sections/streaming.ts";
import { warm } from "./sections/warm.ts";
import type { Section } from "./section.ts";

const sections: Readonly<Record<string, Section>> = {
  warm,
  cold,
  burst,
  packages,
  memory,
  "start-up": startUp,
  payloads,
  streaming,
  control,
  authorization,
  queue,
  network,
  peers,
};
const USAGE = `bench [--quick] [--out DIRECTORY] [SECTION...]; sections: ${Object.keys(sections).join(", ")}\n`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, out: { type: "string" }, help: { type: "boolean" } },
});
const unknown = positionals.filter((it) => !(it in sections));
if (values.help === true || unknown.length > 0) {
  process.stderr.write(USAGE);
  process.exit(values.help === true ? 0 : 2);
}

/** A section that fails is told of; the others go on. */
async function run(name: string, section: Section): Promise<SectionResult> {
  const startedMs = performance.now();
  const say = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
  const seconds = (): number => Math.round((performance.now() - startedMs) / 1_000);
  try {
    const rows = await section({ isQuick: values.quick, say });
    return { section: name, tookSeconds: seconds(), rows, error: undefined };
  } catch (error) {
    say(String(error));
    return { section: name, tookSeconds: seconds(), rows: [], error: String(error) };
  }
}

let isStopping = false;
/** Ends what the section under way has started: it fails, takes away what it made, and no other begins. */
function stop(): void {
  isStopping = true;
  for (const pid of children(process.pid)) process.kill(pid, "SIGTERM");
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

const startedMs = performance.now();
const done: SectionResult[] = [];
for (const [name, section] of Object.entries(sections))
  if (!isStopping && (positionals.length === 0 || positionals.includes(name))) done.push(await run(name, section));
const tookSeconds = Math.round((performance.now() - startedMs) / 1_000);
const all = results({ at: new Date().toISOString(), isQuick: values.quick, tookSeconds, machine: machine() }, done);
process.stdout.write(table(all));
// What was run in part or in haste is not what is published.
const isWhole = positionals.length === 0 && !values.quick && !isStopping;
const directory = values.out ?? (isWhole ? fileURLToPath(new URL("./results/", import.meta.url)) : undefined);
if (directory !== undefined) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/latest.json`, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(`${directory}/latest.svg`, plot(all));
}
process.exitCode = done.some((it) => it.error !== undefined) ? 1 : 0;
