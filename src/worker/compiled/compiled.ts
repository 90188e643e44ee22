// What was compiled of packages when they were published: made in a sandbox without running a line of them, kept by content and
// runtime, shown read-only to every environment that runs them.
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../foundation/clock.ts";
import { newHex } from "../../foundation/ids.ts";
import type { RuntimeStart } from "../rootfs/rootfs.ts";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";
import { javaClassList, layeredJarBytes } from "./java/java-class-list.ts";
import { ReceivedFiles } from "./received-files.ts";

/** Compiling less than this saves less than it costs to look for what was compiled. */
const SOURCE_BYTES_MIN = 64 << 10;
/** An archive takes seconds, and 25 MB with the runtime's own classes: what it saves is a tenth of a millisecond for each class. */
const CLASS_BYTES_MIN = 1 << 20;
const OUTPUT_BYTES_MAX = 64 << 20;
const KEPT_BYTES_MAX = 512 << 20;
const FILL_TIMEOUT_MS = 30_000;
const FILL_MEMORY_MIB = 1_024;
const EPHEMERAL_STORAGE_MIB = 512;

/** A package, and what runs it: what is compiled is of both. */
export interface CompiledOf {
  readonly codeSha256: string;
  /** Modules that the package imports of its layers are compiled along. */
  readonly layerSha256s: readonly string[];
  readonly rootfs: string;
  /** The runtime's command: before Node 24, code that was compiled under other options (the heap's size) is not taken. */
  readonly command: readonly string[];
  /** The handler, where what is compiled of a package is what is reached from there. */
  readonly entry: string | undefined;
}

/** What compiling a package takes. */
export interface ToCompile extends CompiledOf {
  /** The unpacked package on the worker. */
  readonly codeDirectory: string;
  readonly layersDirectory: string | undefined;
  readonly kind: RuntimeStart["kind"];
  readonly runtimeDirectory: string;
  readonly handler: string;
  /** The variables that every function of the runtime has. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The worker's compiled packages. */
export interface CompiledPackages {
  /** Where it lies; undefined where there is none. Never waits. */
  find(of: CompiledOf): string | undefined;
  /** Compiles a package, once; resolves when that is done, or when it turned out not to be worth it. Rejects on trouble. */
  compile(what: ToCompile): Promise<void>;
}

/** Where they lie and what they stand on. */
export interface CompiledPackagesDeps {
  readonly clock: Clock;
  readonly directory: string;
  readonly makeSandbox: (rootfs: string) => Promise<Sandbox>;
}

interface Family {
  /** The directory that the runtime's client looks for. */
  readonly name: "js" | "py" | "java";
  readonly sources: RegExp;
  /** Packages with less are left alone. */
  readonly sourceBytesMin: number;
  /** Run in the place of the runtime's client. */
  readonly program: string;
  /** What layers have of them, where that is compiled too. */
  readonly layeredBytes?: (what: ToCompile) => Promise<number>;
  /** A file that the program reads, beside where it is in an environment. */
  readonly given?: { readonly name: string; content(what: ToCompile): Promise<string | undefined> };
}

const FAMILIES: Readonly<Partial<Record<RuntimeStart["kind"], Family>>> = {
  nodejs: { name: "js", sources: /\.[cm]?js$/u, sourceBytesMin: SOURCE_BYTES_MIN, program: "fill-cache.mjs" },
  python: { name: "py", sources: /\.py$/u, sourceBytesMin: SOURCE_BYTES_MIN, program: "hearth_fill_cache.py" },
  java: {
    name: "java",
    sources: /\.(?:class|jar)$/u,
    sourceBytesMin: CLASS_BYTES_MIN,
    program: "archive-package",
    layeredBytes: layeredJarBytes,
    given: { name: "classes", content: javaClassList },
  },
};

interface Kept {
  /** undefined: it was found not to be worth it. */
  readonly directory: string | undefined;
  readonly bytes: number;
}

async function bytesOfSources(directory: string, sources: RegExp): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && sources.test(entry.name)) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

/** None yet. */
export function createCompiledPackages(deps: CompiledPackagesDeps): CompiledPackages {
  return new DirectoryOfCompiled(deps);
}

const keyOf = ({ codeSha256, layerSha256s, rootfs, command, entry }: CompiledOf): string =>
  JSON.stringify([codeSha256, layerSha256s, rootfs, command, entry]);

class DirectoryOfCompiled implements CompiledPackages {
  readonly #deps: CompiledPackagesDeps;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept>();
  readonly #underway = new Map<string, Promise<void>>();

  constructor(deps: CompiledPackagesDeps) {
    this.#deps = deps;
  }

  find(of: CompiledOf): string | undefined {
    const key = keyOf(of);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.directory;
  }

  compile(what: ToCompile): Promise<void> {
    const key = keyOf(what);
    if (this.#kept.has(key)) return Promise.resolve();
    const running = this.#underway.get(key);
    if (running !== undefined) return running;
    const work = this.#compile(what, key).finally(() => this.#underway.delete(key));
    this.#underway.set(key, work);
    return work;
  }

  async #compile(what: ToCompile, key: string): Promise<void> {
    const family = FAMILIES[what.kind];
    if (family === undefined) return;
    const nothing = { directory: undefined, bytes: 0 };
    const ownBytes = await bytesOfSources(what.codeDirectory, family.sources);
    if (ownBytes + ((await family.layeredBytes?.(what)) ?? 0) < family.sourceBytesMin) return this.#keep(key, nothing);
    const directory = join(this.#deps.directory, newHex(16));
    await using given = await this.#give(what, family, `${directory}.given`);
    if (family.given !== undefined && given === undefined) return this.#keep(key, nothing);
    await using received = new ReceivedFiles({ directory, family: family.name, bytesMax: OUTPUT_BYTES_MAX });
    const hasEnded = await this.#run(what, { program: family.program, given: given?.directory, received });
    const bytes = hasEnded ? await received.keep(directory) : 0;
    this.#keep(key, bytes === 0 ? nothing : { directory, bytes });
  }

  /** What the program reads, until this is disposed of; undefined where it has nothing to read. */
  async #give(
    what: ToCompile,
    { name, given }: Family,
    directory: string,
  ): Promise<(AsyncDisposable & { readonly directory: string }) | undefined> {
    const content = await given?.content(what);
    if (given === undefined || content === undefined) return undefined;
    await mkdir(join(directory, name), { recursive: true, mode: 0o755 });
    await writeFile(join(directory, name, given.name), content, { mode: 0o644 });
    return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
  }

  /** Whether the program ended well. */
  async #run(
    what: ToCompile,
    { program, given, received }: { program: string; given: string | undefined; received: ReceivedFiles },
  ): Promise<boolean> {
    await using sandbox = await this.#deps.makeSandbox(what.rootfs);
    const output = {
      onOutput: () => undefined,
      onExtensionOutput: () => undefined,
      onTelemetry: (chunk: Buffer) => received.take(chunk),
    };
    sandbox.specialise({ memoryMiB: FILL_MEMORY_MIB, ephemeralStorageMiB: EPHEMERAL_STORAGE_MIB }, output);
    const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
    using _timer = this.#deps.clock.after(FILL_TIMEOUT_MS, () => resolve(undefined));
    const { codeDirectory, layersDirectory, runtimeDirectory, environment, handler } = what;
    const launch = {
      codeDirectory,
      workingDirectory: "/var/task",
      layersDirectory,
      compiledDirectory: given,
      runtimeDirectory,
      commands: [[...what.command.slice(0, -1), `${runtimeDirectory}/${program}`]],
      wrapper: undefined,
      environment: { ...environment, LAMBDA_TASK_ROOT: "/var/task", _HANDLER: handler },
      extensions: [],
      extensionEnvironment: {},
    };
    const exit = await Promise.race([sandbox.launch(launch), timeout]);
    if (exit?.kind !== "exited" || exit.code !== 0) return false;
    sandbox.drainOutput();
    return true;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    let bytes = [...this.#kept.values()].reduce((sum, it) => sum + it.bytes, 0);
    for (const [oldest, { directory, bytes: size }] of this.#kept) {
      if (bytes <= KEPT_BYTES_MAX || oldest === key) return;
      bytes -= size;
      this.#kept.delete(oldest);
      // Where an environment still has it mounted, it finds less there, and compiles for itself.
      if (directory !== undefined) void rm(directory, { recursive: true, force: true });
    }
  }
}
