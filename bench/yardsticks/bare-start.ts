// The yardstick of cold starts: `runc run` of the same interpreter with the same handler, in a root filesystem that Hearth built.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRootFilesystems } from "../../src/worker/rootfs/rootfs.ts";
import { sharedRuntimes } from "../../tests/a-hearth.ts";
import type { Language } from "../languages.ts";

const CGROUPS = "/sys/fs/cgroup";

/** Removes an empty cgroup from every controller, the unified one too: runc leaves that one. */
export function removeCgroup(path: string): void {
  for (const root of ["", ...readdirSync(CGROUPS)]) {
    const directory = join(CGROUPS, root, path);
    if (!existsSync(directory)) continue;
    for (const entry of readdirSync(directory, { withFileTypes: true }))
      if (entry.isDirectory()) removeCgroup(join(path, entry.name));
    if (existsSync(directory)) rmdirSync(directory);
  }
}

/** The root that Hearth makes for a runtime. Throws where it can't be made. */
export async function rootOf(language: Language): Promise<string> {
  const roots = createRootFilesystems({
    directory: sharedRuntimes,
    baseImages: undefined,
    nearestRuntime: false,
    interpreters: [],
  });
  const prepared = await roots.prepare(language.runtime);
  if (!prepared.ready) throw new Error(prepared.reason);
  return prepared.rootfs;
}

function configOf(of: { rootfs: string; language: Language; code: string; cgroup: string }): object {
  return {
    ociVersion: "1.0.2",
    root: { path: of.rootfs, readonly: true },
    process: {
      user: { uid: 993, gid: 990 },
      args: of.language.bareCommand,
      env: ["PATH=/usr/bin:/var/lang/bin", "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64"],
      cwd: "/",
    },
    mounts: [
      { type: "proc", source: "proc", destination: "/proc" },
      { type: "tmpfs", source: "tmpfs", destination: "/dev", options: ["mode=755", "size=64k"] },
      { type: "bind", source: of.code, destination: "/var/task", options: ["bind", "ro"] },
    ],
    linux: {
      namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })),
      cgroupsPath: of.cgroup,
    },
  };
}

/** Milliseconds from the start of runc until the handler's result is printed and everything has ended. */
export async function bareStart(options: {
  rootfs: string;
  directory: string;
  language: Language;
  id: string;
}): Promise<number> {
  const id = `bench-${process.pid}-${options.id}`;
  const bundle = join(options.directory, id);
  const cgroup = `/hearth-${id}`;
  mkdirSync(bundle, { recursive: true });
  const { language, rootfs } = options;
  writeFileSync(join(bundle, language.file), language.echo);
  writeFileSync(join(bundle, "config.json"), JSON.stringify(configOf({ rootfs, language, code: bundle, cgroup })));
  try {
    const startedMs = performance.now();
    const code = await new Promise<number | null>((resolve) => {
      const stdio: ["ignore", "ignore", "inherit"] = ["ignore", "ignore", "inherit"];
      spawn("runc", ["run", "--bundle", bundle, id], { stdio }).once("exit", resolve);
    });
    const tookMs = performance.now() - startedMs;
    if (code !== 0) throw new Error(`runc run ended with ${String(code)}`);
    return tookMs;
  } finally {
    rmSync(bundle, { recursive: true, force: true });
    removeCgroup(cgroup);
  }
}
