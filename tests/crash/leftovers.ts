// What a Hearth with a data directory could have left on the machine, and how its processes are found.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { processesOf } from "../a-hearth.ts";

/** Everything whose number must not grow while a Hearth runs, and what its processes hold. */
export interface Holdings {
  readonly cgroups: number;
  readonly links: number;
  readonly rules: number;
  readonly mounts: number;
  readonly loopDevices: number;
  readonly namespaces: number;
  readonly descriptors: number;
  readonly memoryMiB: number;
}

/** The processes of services and of all workers. */
export function ownPids(data: string): readonly string[] {
  return processesOf(data).filter((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.some((it) => /(?:services|worker)\.ts$/u.test(it)) && words[0]?.endsWith("node") === true;
  });
}

/** The address ranges that a Hearth's workers have taken. */
export function rangesOf(data: string): readonly string[] {
  return readdirSync(data)
    .map((it) => join(data, it, "network-range"))
    .filter((it) => existsSync(it))
    .map((it) => readFileSync(it, "utf8"));
}

/** What a running Hearth holds of the machine now. */
export async function holdingsOf(data: string): Promise<Holdings> {
  const run = promisify(execFile);
  const pids = ownPids(data);
  const ranges = rangesOf(data);
  const memory = join("/sys/fs/cgroup", existsSync("/sys/fs/cgroup/memory") ? "memory" : "");
  const sets = await Promise.all(ranges.map((it) => run("nft", ["-j", "list", "table", "inet", `hearth_${it}`])));
  const status = pids.map((pid) => readFileSync(`/proc/${pid}/status`, "utf8"));
  const loops = await run("losetup", ["--list", "--noheadings"]).catch(() => ({ stdout: "" }));
  return {
    cgroups: readdirSync(memory)
      .filter((it) => it.startsWith(nameOf(data)))
      .flatMap((it) => readdirSync(join(memory, it), { withFileTypes: true }).filter((one) => one.isDirectory()))
      .length,
    links: readdirSync("/sys/class/net").filter((it) => ranges.some((range) => it.startsWith(`hth${range}-`))).length,
    rules: sets.reduce((sum, it) => sum + it.stdout.length, 0),
    mounts: pids.reduce((sum, pid) => sum + readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n").length, 0),
    loopDevices: loops.stdout.split("\n").filter((it) => it.includes(data)).length,
    namespaces: existsSync("/run/netns") ? readdirSync("/run/netns").filter((it) => it.includes("hearth")).length : 0,
    descriptors: pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0),
    memoryMiB: status.reduce((sum, it) => sum + Number(/VmRSS:\s+(\d+)/u.exec(it)?.[1] ?? 0) / 1024, 0),
  };
}

/** How all of a data directory's cgroups begin. */
function nameOf(data: string): string {
  return `hearth-${createHash("sha256").update(data).digest("hex").slice(0, 8)}`;
}

/** The process of one of the two programs. */
export function pidOf(data: string, program: "services" | "worker"): number {
  const [found] = processesOf(data, `${program}.ts`);
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
  const name = nameOf(data);
  const { stdout: tables } = await promisify(execFile)("nft", ["list", "tables"]);
  const network = [
    ...readdirSync("/sys/class/net").filter((it) => it.startsWith(`hth${range}-`)),
    ...(tables.includes(`hearth_${range}\n`) ? ["nftables rules"] : []),
  ];
  return [
    ...processesOf(data).map((pid) => `process ${pid}`),
    ...["", "memory", "freezer", "pids", "unified"]
      .map((it) => join("/sys/fs/cgroup", it))
      .filter((it) => existsSync(it) && readdirSync(it).some((one) => one.startsWith(name)))
      .map((it) => `cgroup in ${it}`),
    ...(isTaken(data, range) ? [] : network),
    ...readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(data)),
  ];
}
