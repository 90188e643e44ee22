// Roots made of what this machine has: its tools, its Python, Java or Ruby, or Node's binaries out of npm packages, with Hearth's own clients.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { Fault, unreachable } from "../../foundation/fault.ts";
import { isRoot, nodeMajor } from "../../foundation/host.ts";
import type { Runtime } from "../../model/runtimes.ts";
import { buildBase } from "./build-rootfs.ts";
import { addClient, clientHash } from "./client.ts";
import { makeJavaArchive } from "./java-archive.ts";
import { addJavaRuntime, findJava, type HostJava, javaClientDirectory } from "./java-runtime.ts";
import { addNodeRuntime, nodeBinary, nodePackage, sdkDirectory } from "./node-runtime.ts";
import { addPythonRuntime, boto3Directory, compilePythonRoot, findPython, type HostPython } from "./python-runtime.ts";
import type { RootContents } from "./root-record.ts";
import { addRubyRuntime, findRuby, type HostRuby } from "./ruby-runtime.ts";
import type { Fill } from "./root-store.ts";

const BOOTSTRAP = "/var/runtime/bootstrap";
/** Changes whenever what is built changes, so that older builds are built anew. */
const BUILD = "6";

/** Names the exact outcome of a local build: another Hearth's differs. */
export function localBuild(runtime: Runtime): string {
  return runtime.family === "provided" ? BUILD : `${BUILD}-${clientHash(runtime.family)}`;
}

/** Fills a root with a Node binary. */
export function fillWithNode(binary: string, from: string, cache: string): Fill {
  return async (root): Promise<RootContents> => {
    await buildBase(root);
    await addNodeRuntime(root, { binary, sdk: await sdkDirectory(cache) });
    await addClient("nodejs", `${root}/var/runtime`);
    const start = { kind: "nodejs", interpreter: "/var/lang/bin/node" } as const;
    return { from, start, environment: {}, client: clientHash("nodejs") };
  };
}

/** Fills a root with a Python of this machine. */
export function fillWithPython(python: HostPython, cache: string): Fill {
  return async (root): Promise<RootContents> => {
    await buildBase(root);
    await addPythonRuntime(root, { python, boto3: await boto3Directory(python, cache) });
    await addClient("python", `${root}/var/runtime`);
    await compilePythonRoot(root, python);
    const start = { kind: "python", interpreter: `/var/lang/bin/python${python.version}` } as const;
    return { from: python.binary, start, environment: {}, client: clientHash("python") };
  };
}

/** Puts AWS's Java client and what starts it into a directory. */
export async function addJavaClient(directory: string, cache: string): Promise<void> {
  await addClient("java", directory);
  await cp(await javaClientDirectory(cache), join(directory, "lib"), { recursive: true });
}

/** Fills a root with a Java of this machine. */
export function fillWithJava(java: HostJava, cache: string): Fill {
  return async (root): Promise<RootContents> => {
    await buildBase(root);
    await addJavaRuntime(root, java);
    await addJavaClient(join(root, "var/runtime"), cache);
    // Only root can change its root; whoever runs sandboxes is.
    const into = ["unshare", "--mount", `--mount-proc=${join(root, "proc")}`, "chroot", root] as const;
    const directoryHere = join(root, "var/runtime");
    if (isRoot()) await makeJavaArchive({ into, directory: "/var/runtime", directoryHere });
    return { from: java.home, start: { kind: "java", bootstrap: BOOTSTRAP }, environment: {}, client: undefined };
  };
}

/** Fills a root with a Ruby of this machine. */
export function fillWithRuby(ruby: HostRuby): Fill {
  return async (root): Promise<RootContents> => {
    await buildBase(root, ruby.sysroot);
    await addRubyRuntime(root, ruby);
    await addClient("ruby", join(root, "var/runtime"));
    return {
      from: join(ruby.sysroot, ruby.binary),
      start: { kind: "own", bootstrap: BOOTSTRAP },
      environment: {},
      client: undefined,
    };
  };
}

/** What local builds are made with. */
export interface LocalPlace {
  /** For what is fetched once. */
  readonly cache: string;
  /** Directories with interpreters that this machine's system lacks: homes of Javas, and sysroots with a Ruby. */
  readonly interpreters: readonly string[];
}

/** What a local build of a runtime would be made of, in words; undefined where this machine can't. Fetches nothing. */
export async function localSource(runtime: Runtime, interpreters: readonly string[]): Promise<string | undefined> {
  if (runtime.family === "provided") return "this machine's tools";
  if (runtime.family === "nodejs")
    return nodeMajor === runtime.version ? "Hearth's own Node" : nodePackage(runtime.version);
  if (runtime.family === "java") return (await findJava(runtime.version, interpreters))?.home;
  if (runtime.family === "ruby") {
    const ruby = await findRuby(runtime.version, interpreters);
    return ruby === undefined ? undefined : join(ruby.sysroot, ruby.binary);
  }
  return (await findPython(runtime.version))?.binary;
}

/** How to build a runtime here. Throws a Fault that says what is lacking. */
export async function planLocally(runtime: Runtime, { cache, interpreters }: LocalPlace): Promise<Fill> {
  switch (runtime.family) {
    case "provided":
      return async (root) => {
        await buildBase(root);
        return { from: "this machine's tools", start: { kind: "package" }, environment: {}, client: undefined };
      };
    case "nodejs": {
      const from = nodeMajor === runtime.version ? "Hearth's own Node" : nodePackage(runtime.version);
      return fillWithNode(await nodeBinary(runtime.version, cache), from, cache);
    }
    case "python": {
      const python = await findPython(runtime.version);
      if (python === undefined) throw new Fault(`this machine has no Python ${runtime.version}`);
      return fillWithPython(python, cache);
    }
    case "java": {
      const java = await findJava(runtime.version, interpreters);
      if (java === undefined) throw new Fault(`this machine has no Java ${runtime.version}`);
      return fillWithJava(java, cache);
    }
    case "ruby": {
      const ruby = await findRuby(runtime.version, interpreters);
      if (ruby === undefined) throw new Fault(`this machine has no Ruby ${runtime.version}`);
      return fillWithRuby(ruby);
    }
    default:
      return unreachable(runtime.family);
  }
}
