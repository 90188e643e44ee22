// Control groups of environments: CPU, freezer and memory figures, alike on cgroup v1, v2 and hybrid machines.
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { killProcess } from "../../foundation/host.ts";

/** MiB of memory that earn one vCPU. Source: Lambda Developer Guide, "Configure Lambda function memory". */
const MIB_PER_VCPU = 1769;
const CPU_PERIOD_US = 20_000;
/** The kernel refuses quotas under 1 ms. */
const CPU_QUOTA_US_MIN = 1_000;

/** Where the machine keeps its controllers. */
export type Hierarchy = { readonly version: 1; readonly root: string } | { readonly version: 2; readonly root: string };

/** CPU microseconds per period for a memory size. Pure. */
export function cpuQuotaUs(memoryMiB: number): number {
  return Math.max(CPU_QUOTA_US_MIN, Math.round((memoryMiB / MIB_PER_VCPU) * CPU_PERIOD_US));
}

/** Looks at a cgroup file tree: version 2 where the root is the unified one, else version 1 (hybrid machines too). */
export function findHierarchy(root = "/sys/fs/cgroup"): Hierarchy | undefined {
  if (existsSync(join(root, "cgroup.controllers"))) return { version: 2, root };
  if (existsSync(join(root, "memory")) && existsSync(join(root, "freezer"))) return { version: 1, root };
  return undefined;
}

/** The share of a CPU that a sandbox has while nobody waits for it, and the usual one. Version 1's scale; usual is 1,024. */
const SHARES = { background: 2, normal: 1024 } as const;
/** Version 2's scale. */
const WEIGHTS = { background: 1, normal: 100 } as const;

/** The cgroup of one environment. */
export interface EnvironmentCgroup {
  /** Bounds memory, and forbids swap. */
  setMemoryLimit(memoryMiB: number): void;
  /** In the background it has what nobody else wants. */
  setPriority(priority: "background" | "normal"): void;
  /** The processes in it. */
  processes(): readonly number[];
  setCpuQuota(memoryMiB: number | undefined): void;
  freeze(): void;
  thaw(): void;
  memoryBytes(): number;
  peakMemoryBytes(): number;
  outOfMemoryKills(): number;
  /** Sends SIGKILL to every process in it. True when there was none. */
  kill(): boolean;
  /** Removes it; false while processes are in it. */
  remove(): boolean;
}

const NUMBER_BYTES_MAX = 32;
/** One for all files: a reading ends before another begins. */
const scratch = Buffer.alloc(NUMBER_BYTES_MAX);

/** A file with one number, kept open once it has been read: every invocation's report asks for it. */
function numberIn(file: string): { read(): number; close(): void } {
  let fd: number | undefined;
  return {
    read() {
      try {
        fd ??= openSync(file, "r");
        return Number(scratch.toString("latin1", 0, readSync(fd, scratch, 0, NUMBER_BYTES_MAX, 0)));
      } catch {
        return 0;
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

/** Never makes a file: what the kernel does not offer can't be set. */
const TO_SET = constants.O_WRONLY | constants.O_TRUNC;

/** A file that is written again and again, kept open from its first writing on. */
function switchIn(file: string): { set(value: string): void; close(): void } {
  let fd: number | undefined;
  return {
    set(value) {
      ignoringGone(() => {
        fd ??= openSync(file, TO_SET);
        writeSync(fd, value, 0);
      });
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

function field(file: string, name: string): number {
  try {
    return Number(new RegExp(`^${name} (\\d+)$`, "mu").exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The environment may be gone already: then there is nothing to set. */
function ignoringGone(set: () => void): void {
  try {
    set();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" && (error as NodeJS.ErrnoException).code !== "ENODEV")
      throw error;
  }
}

function write(file: string, value: string): void {
  ignoringGone(() => {
    const fd = openSync(file, TO_SET);
    try {
      writeFileSync(fd, value);
    } finally {
      closeSync(fd);
    }
  });
}

function processesIn(procsFile: string): readonly number[] {
  try {
    return readFileSync(procsFile, "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function removeDirectory(directory: string): boolean {
  try {
    if (existsSync(directory)) rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

/** The cgroup at `path` (such as `/hearth/ID`), which the sandbox's driver makes. */
export function environmentCgroup(hierarchy: Hierarchy, path: string): EnvironmentCgroup {
  const at = (controller: string, file: string): string =>
    hierarchy.version === 2 ? join(hierarchy.root, path, file) : join(hierarchy.root, controller, path, file);
  const isV2 = hierarchy.version === 2;
  // On hybrid machines runc makes one in the unified tree too.
  const trees = isV2 ? [""] : readdirSync(hierarchy.root);
  const peak = numberIn(isV2 ? at("", "memory.peak") : at("memory", "memory.max_usage_in_bytes"));
  const usage = numberIn(isV2 ? at("", "memory.current") : at("memory", "memory.usage_in_bytes"));
  const freezer = switchIn(isV2 ? at("", "cgroup.freeze") : at("freezer", "freezer.state"));
  const thaw = (): void => freezer.set(isV2 ? "0" : "THAWED");
  const processes = (): readonly number[] => processesIn(at("freezer", "cgroup.procs"));
  return {
    processes,
    setMemoryLimit(memoryMiB) {
      const bytes = String(memoryMiB * 1_048_576);
      if (isV2) {
        write(at("", "memory.max"), bytes);
        return write(at("", "memory.swap.max"), "0");
      }
      write(at("memory", "memory.limit_in_bytes"), bytes);
      // Memory and swap together: kernels that don't count swap lack the file.
      write(at("memory", "memory.memsw.limit_in_bytes"), bytes);
    },
    setPriority(priority) {
      if (isV2) write(at("", "cpu.weight"), String(WEIGHTS[priority]));
      else write(at("cpu", "cpu.shares"), String(SHARES[priority]));
    },
    setCpuQuota(memoryMiB) {
      const quota = memoryMiB === undefined ? undefined : cpuQuotaUs(memoryMiB);
      if (isV2) return write(at("", "cpu.max"), `${quota ?? "max"} ${CPU_PERIOD_US}`);
      write(at("cpu", "cpu.cfs_period_us"), String(CPU_PERIOD_US));
      write(at("cpu", "cpu.cfs_quota_us"), String(quota ?? -1));
    },
    freeze: () => freezer.set(isV2 ? "1" : "FROZEN"),
    thaw,
    memoryBytes: usage.read,
    peakMemoryBytes: peak.read,
    outOfMemoryKills: () => field(isV2 ? at("", "memory.events") : at("memory", "memory.oom_control"), "oom_kill"),
    kill() {
      const pids = processes();
      for (const pid of pids) killProcess(pid);
      // A frozen process dies only when it is thawed.
      thaw();
      return pids.length === 0;
    },
    remove() {
      peak.close();
      usage.close();
      freezer.close();
      return trees.map((it) => removeDirectory(join(hierarchy.root, it, path))).every(Boolean);
    },
  };
}

/** Names of the environments' cgroups under `parent`: those of a worker that was killed among them. */
export function listCgroups(hierarchy: Hierarchy, parent: string): readonly string[] {
  const roots = hierarchy.version === 2 ? [""] : readdirSync(hierarchy.root);
  const names = roots.flatMap((it) => {
    const directory = join(hierarchy.root, it, parent);
    if (!existsSync(directory)) return [];
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  });
  return [...new Set(names)];
}
