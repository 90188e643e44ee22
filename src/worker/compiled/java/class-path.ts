// The places that AWS's client loads a function's classes from, in its order: the package, the jars in its lib directory, those of
// the layers. What is found in several comes from the first.
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import yauzl from "yauzl";

const CLASS_BYTES_MAX = 1 << 20;
const CLASSES_MAX = 100_000;
const SERVICES = "META-INF/services/";

/** A place with classes. */
export interface ClassSource {
  /** As the sandbox sees it: `/var/task/`, `/var/task/lib/a.jar`. */
  readonly seenAt: string;
  /** `example/Hello`. */
  readonly classes: ReadonlySet<string>;
  /** Undefined where there is none, or it is too large to be one. */
  read(name: string): Promise<Buffer | undefined>;
  /** Classes that are named as a service's implementations, and found by no class's naming them. */
  readonly implementations: readonly string[];
}

/** Open files among them. */
export interface ClassPath extends Disposable {
  readonly sources: readonly ClassSource[];
}

/** `example/Hello` for `example/Hello.class`; undefined for what is no class, or only some version's of Java. */
function classNameOf(path: string): string | undefined {
  if (!path.endsWith(".class") || path.startsWith("META-INF/")) return undefined;
  const name = path.slice(0, -".class".length);
  return name === "module-info" || name.endsWith("/package-info") ? undefined : name;
}

/** The classes that a file in META-INF/services names. Source: the documentation of java.util.ServiceLoader */
function implementationsIn(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => (line.split("#")[0] ?? "").trim());
  return lines.filter((it) => it !== "").map((it) => it.replaceAll(".", "/"));
}

async function sourceOfDirectory(directory: string, seenAt: string): Promise<ClassSource> {
  const classes = new Set<string>();
  const implementations: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || classes.size >= CLASSES_MAX) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(directory.length + 1);
    const name = classNameOf(path);
    if (name !== undefined) classes.add(name);
    else if (path.startsWith(SERVICES) && (await stat(file)).size <= CLASS_BYTES_MAX)
      implementations.push(...implementationsIn(await readFile(file, "utf8")));
  }
  return {
    seenAt,
    classes,
    implementations,
    async read(name) {
      // Only what was listed: a name comes out of a class file, and could lead anywhere.
      if (!classes.has(name)) return undefined;
      const file = join(directory, `${name}.class`);
      return (await stat(file)).size > CLASS_BYTES_MAX ? undefined : await readFile(file);
    },
  };
}

async function readEntry(jar: yauzl.ZipFile, entry: yauzl.Entry | undefined): Promise<Buffer | undefined> {
  if (entry === undefined || entry.uncompressedSize > CLASS_BYTES_MAX) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of await jar.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function sourceOfJar(jar: yauzl.ZipFile, seenAt: string): Promise<ClassSource> {
  const entries = new Map<string, yauzl.Entry>();
  const services: yauzl.Entry[] = [];
  for await (const entry of jar.eachEntry()) {
    const name = classNameOf(entry.fileName);
    if (name !== undefined && entries.size < CLASSES_MAX) entries.set(name, entry);
    else if (entry.fileName.startsWith(SERVICES) && !entry.fileName.endsWith("/")) services.push(entry);
  }
  const implementations: string[] = [];
  for (const entry of services)
    implementations.push(...implementationsIn((await readEntry(jar, entry))?.toString("utf8") ?? ""));
  const classes = new Set(entries.keys());
  return { seenAt, classes, implementations, read: (name) => readEntry(jar, entries.get(name)) };
}

/**
 * Names of the jars in a directory below another, in the order in which AWS's client puts them on its path; none where there is
 * none, or where a link of the package's leads elsewhere: on the worker that would be anywhere.
 */
async function jarsIn(below: string, directory: string): Promise<readonly string[]> {
  const real = await realpath(join(below, directory)).catch(() => undefined);
  if (real !== join(await realpath(below), directory)) return [];
  const entries = await readdir(real, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((it) => it.isFile() && it.name.endsWith(".jar"))
    .map((it) => it.name)
    .sort();
}

/** What the jars in a directory below another take. */
export async function jarBytes(below: string, directory: string): Promise<number> {
  const names = await jarsIn(below, directory);
  const sizes = await Promise.all(names.map(async (it) => (await stat(join(below, directory, it))).size));
  return sizes.reduce((sum, it) => sum + it, 0);
}

/** Where things lie on the worker, and what a sandbox sees them as. */
export interface ClassPlaces {
  /** Directories of classes, then those of jars, each below a directory of the worker's own making. */
  readonly directories: readonly { readonly here: string; readonly seenAt: string }[];
  readonly jarDirectories: readonly { readonly below: string; readonly directory: string; readonly seenAt: string }[];
}

/** Opens them; what can't be read as a jar is left out, as the virtual machine leaves it. */
export async function openClassPath(places: ClassPlaces): Promise<ClassPath> {
  using stack = new DisposableStack();
  const sources: ClassSource[] = [];
  for (const { here, seenAt } of places.directories) sources.push(await sourceOfDirectory(here, seenAt));
  for (const { below, directory, seenAt } of places.jarDirectories) {
    for (const name of await jarsIn(below, directory)) {
      const jar = await yauzl
        .openPromise(join(below, directory, name), { lazyEntries: true, autoClose: false })
        .catch(() => undefined);
      if (jar === undefined) continue;
      stack.defer(() => jar.close());
      const source = await sourceOfJar(jar, `${seenAt}/${name}`).catch(() => undefined);
      if (source !== undefined) sources.push(source);
    }
  }
  const opened = stack.move();
  return { sources, [Symbol.dispose]: () => opened.dispose() };
}
