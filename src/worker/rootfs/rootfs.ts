// Root filesystems by runtime: built once, kept on disk, shared read-only by every environment of that runtime.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault, messageOf } from "../../foundation/fault.ts";
import { judgeRuntime, type Runtime } from "../../model/runtimes.ts";
import { buildOnce } from "./build-once.ts";
import { buildBase } from "./build-rootfs.ts";
import { addNodeRuntime, nodeBinary, sdkDirectory } from "./node-runtime.ts";
import { addPythonRuntime, boto3Directory, findPython } from "./python-runtime.ts";

/** A runtime ready to run, or why not and what to do about it. */
export type Prepared =
  | { readonly ready: true; readonly rootfs: string; readonly interpreter: string }
  | { readonly ready: false; readonly reason: string };

/** The worker's root filesystems. */
export interface RootFilesystems {
  /** Builds what is missing; concurrent calls for one runtime share the work. */
  prepare(runtimeName: string): Promise<Prepared>;
  /** Runtimes that are built. */
  list(): readonly string[];
}

/** Changes whenever what is built changes, so that older builds are built anew. */
const BUILD = "1";

const clientDirectory = (family: string): string =>
  fileURLToPath(new URL(`../../../runtimes/${family}`, import.meta.url));

/** Root filesystems under one directory. */
export function createRootFilesystems(directory: string): RootFilesystems {
  const cache = join(directory, "cache");
  const underway = new Map<string, Promise<Prepared>>();

  async function fill(root: string, runtime: Runtime): Promise<string | undefined> {
    await buildBase(root);
    if (runtime.family === "nodejs") {
      const binary = await nodeBinary(runtime.version, cache);
      await addNodeRuntime(root, { binary, client: clientDirectory("nodejs"), sdk: await sdkDirectory(cache) });
    } else if (runtime.family === "python") {
      const python = await findPython(runtime.version);
      if (python === undefined) {
        return `This machine has no Python ${runtime.version}. Install it (or choose the version it has) and run: hearth runtimes add ${runtime.name}`;
      }
      await addPythonRuntime(root, {
        python,
        client: clientDirectory("python"),
        boto3: await boto3Directory(python, cache),
      });
    }
    return undefined;
  }

  async function build(runtime: Runtime): Promise<Prepared> {
    const root = join(directory, `${runtime.name}-${BUILD}`);
    await buildOnce(root, async (unfinished) => {
      const lacking = await fill(unfinished, runtime);
      if (lacking !== undefined) throw new Fault(lacking);
    });
    const interpreter = {
      nodejs: "/var/lang/bin/node",
      python: `/var/lang/bin/python${runtime.version}`,
      provided: "",
    }[runtime.family];
    return { ready: true, rootfs: root, interpreter };
  }

  return {
    prepare(runtimeName) {
      const running = underway.get(runtimeName);
      if (running !== undefined) return running;
      const verdict = judgeRuntime(runtimeName);
      if (verdict.kind !== "runnable")
        return Promise.resolve({ ready: false, reason: `Runtime ${runtimeName} can't be run here.` });
      const work = build(verdict.runtime).catch(
        (error: unknown): Prepared => ({ ready: false, reason: messageOf(error) }),
      );
      underway.set(runtimeName, work);
      // What failed may work next time; what is ready is remembered.
      void work.then((prepared) => prepared.ready || underway.delete(runtimeName));
      return work;
    },
    list: () =>
      existsSync(directory)
        ? readdirSync(directory).flatMap((it) => (it.endsWith(`-${BUILD}`) ? [it.slice(0, -2)] : []))
        : [],
  };
}
