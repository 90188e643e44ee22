// What a Hearth with a data directory could have left on the machine, and how its processes are found.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { processesOf } from "../a-hearth.ts";

/** The process of one of the two programs. */
export function pidOf(data: string, program: "services" | "worker"): number {
  const found = processesOf(data).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${program}.ts`));
  assert.ok(found !== undefined, `${program} runs`);
  return Number(found);
}

/** The address range that the worker of a data directory has taken. */
export function rangeOf(data: string): string {
  return readFileSync(join(data, "worker/network-range"), "utf8");
}

/** Whether another Hearth has taken the range since: what is there then is its own. */
function isTaken(data: string, range: string): boolean {
  return readdirSync("/proc").some((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const other = words[words.indexOf("--data") + 1] ?? data;
      return words.some((it) => it.endsWith("worker.ts")) && other !== data && rangeOf(other) === range;
    } catch {
      return false;
    }
  });
}

/** Processes, cgroups, links, rules and mounts that are still there; `range` is `rangeOf` from when it ran. */
export async function leftovers(data: string, range: string): Promise<string[]> {
  const name = `hearth-${createHash("sha256").update(data).digest("hex").slice(0, 8)}`;
  const { stdout: tables } = await promisify(execFile)("nft", ["list", "tables"]);
  const network = [
    ...readdirSync("/sys/class/net").filter((it) => it.startsWith(`hth${range}-`)),
    ...(tables.includes(`hearth_${range}\n`) ? ["nftables rules"] : []),
  ];
  return [
    ...processesOf(data).map((pid) => `process ${pid}`),
    ...["", "memory", "freezer", "pids", "unified"]
      .filter((it) => existsSync(join("/sys/fs/cgroup", it, name)))
      .map((it) => `cgroup ${it}`),
    ...(isTaken(data, range) ? [] : network),
    ...readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(data)),
  ];
}
