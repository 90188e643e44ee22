// Network set-up per environment as environments grow: flat, or not.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { atMost, type Row, row } from "../report/row.ts";
import { type Bench, temporaryDirectory } from "../section.ts";

const program = fileURLToPath(new URL("../yardsticks/network-set-up.ts", import.meta.url));

/** Existing environments, and the milliseconds of each set-up beside so many. */
type SetUps = Readonly<Record<string, readonly number[]>>;

function rowsOf(setUps: SetUps, of: { id: string; words: string; steps: readonly number[] }): readonly Row[] {
  const [first, ...others] = of.steps;
  const alone = setUps[String(first)] ?? [];
  return others.map((step) =>
    row({
      id: `network.${of.id}.${step}`,
      what: `network set-up${of.words}, ${step} environments there`,
      against: "the same with one there, before and after",
      unit: "ms",
      hearth: setUps[String(step)] ?? [],
      yardstick: alone,
      target: atMost(1.2),
    }),
  );
}

export async function network(bench: Bench): Promise<readonly Row[]> {
  const steps = bench.isQuick ? [1, 50, 100] : [1, 100, 500, 1_000];
  await using directory = temporaryDirectory();
  mkdirSync(join(directory.path, "run"));
  bench.say(`up to ${String(steps.at(-1))} environments`);
  // Namespaces of its own for what it mounts and opens: nothing of it outlives the process.
  const child = spawn(
    "unshare",
    ["--mount", process.execPath, "--no-warnings", program, directory.path, ...steps.map(String)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [answer, [code]] = await Promise.all([text(child.stdout), once(child, "exit") as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`network-set-up.ts ended with ${String(code)}`);
  const { kept, turnedOver } = JSON.parse(answer) as { kept: SetUps; turnedOver: SetUps };
  return [
    ...rowsOf(kept, { id: "kept", words: "", steps }),
    ...rowsOf(turnedOver, { id: "turned-over", words: " as others go", steps }),
  ];
}
