// The yardstick of cold starts: `runc run` of the same Node with the same handler, in a root filesystem that Hearth built.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Milliseconds from the start of runc until the handler's result is printed and everything has ended. */
export async function bareStart(options: {
  rootfs: string;
  directory: string;
  code: string;
  id: string;
}): Promise<number> {
  const bundle = join(options.directory, options.id);
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, "handler.mjs"), options.code);
  const config = {
    ociVersion: "1.0.2",
    root: { path: options.rootfs, readonly: true },
    process: {
      user: { uid: 993, gid: 990 },
      args: [
        "/var/lang/bin/node",
        "-e",
        "import('/var/task/handler.mjs').then(async (m) => console.log(JSON.stringify(await m.handler({}))))",
      ],
      env: ["PATH=/usr/bin"],
      cwd: "/",
    },
    mounts: [
      { type: "proc", source: "proc", destination: "/proc" },
      { type: "tmpfs", source: "tmpfs", destination: "/dev", options: ["mode=755", "size=64k"] },
      { type: "bind", source: bundle, destination: "/var/task", options: ["bind", "ro"] },
    ],
    linux: {
      namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })),
      cgroupsPath: `/hearth-bench-${options.id}`,
    },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  const startedMs = performance.now();
  const code = await new Promise<number | null>((resolve) => {
    spawn("runc", ["run", "--bundle", bundle, options.id], { stdio: ["ignore", "ignore", "inherit"] }).once(
      "exit",
      resolve,
    );
  });
  const tookMs = performance.now() - startedMs;
  rmSync(bundle, { recursive: true });
  if (code !== 0) throw new Error(`runc run ended with ${String(code)}`);
  return tookMs;
}
