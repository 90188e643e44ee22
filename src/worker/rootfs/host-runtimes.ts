// Runtimes for environments without a root filesystem of their own: the interpreters of this machine, as they are.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { mkdir, rm, symlink } from "node:fs/promises";
import { Fault, messageOf } from "../../foundation/fault.ts";
import { judgeRuntime, type Runtime } from "../../model/runtimes.ts";
import { buildOnce } from "./build-once.ts";
import { addClient, type ClientFamily, clientHash } from "./client.ts";
import { copyTree } from "./copy-tree.ts";
import { makeJavaArchive } from "./java-archive.ts";
import { findJava, type HostJava } from "./java-runtime.ts";
import { addJavaClient } from "./local-root.ts";
import { nodeBinary, sdkDirectory } from "./node-runtime.ts";
import { boto3Directory, findPython, type HostPython } from "./python-runtime.ts";
import { findRuby, type HostRuby } from "./ruby-runtime.ts";
import type { Prepared, RootFilesystems, RuntimeStart } from "./rootfs.ts";

/** The client with the SDK beside it, as in a root's /var/runtime. */
async function runtimeDirectory(
  directory: string,
  family: ClientFamily,
  addSdk: (to: string) => Promise<void>,
): Promise<string> {
  const target = join(directory, `host-${family}-${clientHash(family)}`);
  await buildOnce(target, async (unfinished) => {
    await addClient(family, unfinished);
    await addSdk(unfinished);
  });
  return target;
}

const ready = (start: RuntimeStart, at: string): Prepared => ({
  ready: true,
  rootfs: "/",
  start,
  runtimeDirectory: at,
  environment: {},
  note: undefined,
});

async function withJava(java: HostJava, directory: string): Promise<Prepared> {
  // Homes of different Javas may have the same last name.
  const home = createHash("sha256").update(java.home).digest("hex").slice(0, 8);
  const at = join(directory, `host-java-${home}-${clientHash("java")}`);
  await buildOnce(at, async (unfinished) => {
    await addJavaClient(unfinished, join(directory, "cache"));
    await symlink(java.home, join(unfinished, "jvm"));
  });
  // Not before it has its name, which the archive notes with its classes.
  await makeJavaArchive({ into: ["env"], directory: at, directoryHere: at });
  return ready({ kind: "java", bootstrap: join(at, "bootstrap") }, at);
}

async function withRuby(ruby: HostRuby, directory: string): Promise<Prepared> {
  const at = join(directory, `host-ruby-${ruby.version}-${clientHash("ruby")}`);
  await buildOnce(at, async (unfinished) => {
    await addClient("ruby", unfinished);
    await symlink(ruby.binary, join(unfinished, "ruby"));
  });
  return ready({ kind: "own", bootstrap: join(at, "bootstrap") }, at);
}

/** Where host runtimes lie. */
export interface HostRuntimesOptions {
  /** Keeps what is fetched. */
  readonly directory: string;
  /** ES modules look for the SDK in the directories above the function's code, so it is shown above this too. */
  readonly codeDirectory: string;
  /** Homes of Javas beside the machine's own. Another system's interpreters run in roots alone. */
  readonly interpreters: readonly string[];
}

/** Host runtimes. */
export function createHostRuntimes(options: HostRuntimesOptions): RootFilesystems {
  const { directory, codeDirectory, interpreters } = options;
  const cache = join(directory, "cache");
  const underway = new Map<string, Promise<Prepared>>();
  async function withNode(runtime: Runtime): Promise<Prepared> {
    const interpreter = await nodeBinary(runtime.version, cache);
    const at = await runtimeDirectory(directory, "nodejs", async (to) => {
      const sdk = await sdkDirectory(cache);
      if (sdk !== undefined) await symlink(sdk, join(to, "node_modules"));
    });
    await mkdir(codeDirectory, { recursive: true });
    await rm(join(codeDirectory, "node_modules"), { force: true });
    await symlink(join(at, "node_modules"), join(codeDirectory, "node_modules"));
    return ready({ kind: "nodejs", interpreter }, at);
  }

  async function withPython(python: HostPython): Promise<Prepared> {
    const at = await runtimeDirectory(directory, "python", async (to) => {
      const boto3 = await boto3Directory(python, cache);
      if (boto3 !== undefined) await copyTree(boto3, to);
    });
    return ready({ kind: "python", interpreter: python.binary }, at);
  }

  async function find(runtime: Runtime): Promise<Prepared> {
    if (runtime.family === "provided") return ready({ kind: "package" }, "/var/runtime");
    if (runtime.family === "nodejs") return await withNode(runtime);
    const lacking = (name: string): Fault =>
      new Fault(`This machine has no ${name} ${runtime.version}, and without sandboxes only its own can run.`);
    if (runtime.family === "java") {
      const java = await findJava(runtime.version, interpreters);
      if (java === undefined) throw lacking("Java");
      return await withJava(java, directory);
    }
    if (runtime.family === "ruby") {
      const ruby = await findRuby(runtime.version, []);
      if (ruby === undefined) throw lacking("Ruby");
      return await withRuby(ruby, directory);
    }
    const python = await findPython(runtime.version);
    if (python === undefined) throw lacking("Python");
    return await withPython(python);
  }

  return {
    prepare(runtimeName) {
      const running = underway.get(runtimeName);
      if (running !== undefined) return running;
      const verdict = judgeRuntime(runtimeName);
      if (verdict.kind !== "runnable")
        return Promise.resolve({ ready: false, reason: `Runtime ${runtimeName} can't be run here.` });
      const work = find(verdict.runtime).catch(
        (error: unknown): Prepared => ({ ready: false, reason: messageOf(error) }),
      );
      underway.set(runtimeName, work);
      void work.then((prepared) => prepared.ready || underway.delete(runtimeName));
      return work;
    },
  };
}
