// Python runtimes: the interpreter that the host has, with its standard library and boto3.
import { cp, readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run, runOrFault } from "../../foundation/subprocess.ts";
import { buildOnce } from "./build-once.ts";
import { addBinary, addLibrariesOf } from "./build-rootfs.ts";

const FETCH_TIMEOUT_MS = 300_000;
const COMPILE_TIMEOUT_MS = 300_000;
const QUESTION =
  "import sys,sysconfig,os,json;print(json.dumps({'version':'%d.%d'%sys.version_info[:2],'binary':os.path.realpath(sys.executable),'stdlib':sysconfig.get_path('stdlib')}))";
const LEFT_OUT = new Set([
  "site-packages",
  "dist-packages",
  "test",
  "idlelib",
  "tkinter",
  "turtledemo",
  "ensurepip",
  "lib2to3",
]);

const isLeftOut = (path: string): boolean => {
  const [top = ""] = path.split("/");
  return LEFT_OUT.has(top) || top.startsWith("config-");
};

/** A Python on the host. */
export interface HostPython {
  readonly version: string;
  readonly binary: string;
  readonly stdlib: string;
}

/** What a command is as a Python; undefined when it is none. */
export async function askPython(command: string): Promise<HostPython | undefined> {
  const asked = await run(command, ["-I", "-c", QUESTION]).catch(() => undefined);
  const isAnswer = asked?.code === 0 && asked.stdout.startsWith("{");
  return isAnswer ? (JSON.parse(asked.stdout) as HostPython) : undefined;
}

/** The host's Python of a version such as `3.11`; undefined when it has none. */
export async function findPython(version: string): Promise<HostPython | undefined> {
  for (const command of [
    `python${version}`,
    "python3",
    `/usr/bin/python${version}`,
    `/usr/local/bin/python${version}`,
  ]) {
    const found = await askPython(command);
    if (found?.version === version) return found;
  }
  return undefined;
}

/** boto3 for this Python, fetched once from the package index; undefined where that can't be reached. */
export async function boto3Directory(python: HostPython, cacheDirectory: string): Promise<string | undefined> {
  const directory = join(cacheDirectory, `boto3-${python.version}`);
  try {
    await buildOnce(directory, async (unfinished) => {
      const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", unfinished, "boto3"];
      await runOrFault(python.binary, args, { timeoutMs: FETCH_TIMEOUT_MS });
    });
    return directory;
  } catch {
    return undefined;
  }
}

/** Adds interpreter, standard library and boto3 to a root. */
export async function addPythonRuntime(
  root: string,
  options: { python: HostPython; boto3: string | undefined },
): Promise<void> {
  const { python } = options;
  await addBinary(root, python.binary, `var/lang/bin/python${python.version}`);
  const stdlib = join(root, `var/lang/lib/python${python.version}`);
  await cp(python.stdlib, stdlib, {
    recursive: true,
    // Compiled files are valid for sources of the very time that they note.
    preserveTimestamps: true,
    filter: (source) => !/\.opt-\d\.pyc$/u.test(source) && !isLeftOut(source.slice(python.stdlib.length + 1)),
  });
  const modules = join(stdlib, "lib-dynload");
  if (existsSync(modules)) {
    for (const name of await readdir(modules))
      if (name.endsWith(".so")) await addLibrariesOf(root, join(modules, name));
  }
  if (options.boto3 !== undefined) {
    await cp(options.boto3, join(root, "var/runtime"), {
      recursive: true,
      preserveTimestamps: true,
      filter: (it) => !it.endsWith("/bin"),
    });
  }
}

/**
 * Compiles what of a root is not yet: in a sandbox it is read-only, and everything would be compiled anew at every start.
 * What can't be compiled (templates, tests of the language itself) stays as it is.
 */
export async function compilePythonRoot(root: string, python: HostPython): Promise<void> {
  const places = [`var/lang/lib/python${python.version}`, "var/runtime"].map((it) => join(root, it));
  const options = ["-q", "-q", "-j", "0", "-s", root, "-p", "/"];
  await run(python.binary, ["-I", "-m", "compileall", ...options, ...places], { timeoutMs: COMPILE_TIMEOUT_MS });
}
