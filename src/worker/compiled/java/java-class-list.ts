// What a Java virtual machine is told to archive of a package: written here, of files that are read and never run.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readClassFile } from "./class-file.ts";
import { classListOf } from "./class-list.ts";
import { type ClassPath, type ClassPlaces, jarBytes, openClassPath } from "./class-path.ts";
import { type ReachedClass, reachableClasses } from "./reachable-classes.ts";
import { runtimeImageClasses } from "./runtime-image.ts";

/** What they take of an archive stays below 30 MB; of AWS's SDK, a client of one service has 4,300. */
const CLASSES_MAX = 3_000;
/** Nobody's outside the Java itself: a class that descends from one would not load, and its own descendants would end it all. */
const INTERNAL = /^(?:sun|jdk\/internal)\//u;

/** A package and its runtime, on the worker. */
export interface JavaPackage {
  readonly codeDirectory: string;
  readonly layersDirectory: string | undefined;
  readonly rootfs: string;
  readonly runtimeDirectory: string;
  /** `example.Hello`, `example.Hello::greet`. */
  readonly handler: string;
}

const LAYERED = "java/lib";

/** What the jars of a package's layers take. */
export async function layeredJarBytes({ layersDirectory }: Pick<JavaPackage, "layersDirectory">): Promise<number> {
  return layersDirectory === undefined ? 0 : await jarBytes(layersDirectory, LAYERED);
}

const placesOf = ({ codeDirectory, layersDirectory }: JavaPackage): ClassPlaces => ({
  directories: [{ here: codeDirectory, seenAt: "/var/task/" }],
  jarDirectories: [
    { below: codeDirectory, directory: "lib", seenAt: "/var/task/lib" },
    ...(layersDirectory === undefined ? [] : [{ below: layersDirectory, directory: LAYERED, seenAt: "/opt/java/lib" }]),
  ],
});

/** Classes that the function's loader is given by its parents: Java's own, and those of AWS's client. */
async function runtimeClasses(rootfs: string, runtimeDirectory: string): Promise<ReadonlySet<string>> {
  const modules = join(rootfs, "var/lang/lib/modules");
  const own = existsSync(modules) ? await runtimeImageClasses(modules) : new Set<string>();
  const lib = { below: join(rootfs, runtimeDirectory), directory: "lib", seenAt: "" };
  using client = await openClassPath({ directories: [], jarDirectories: [lib] });
  const classes = new Set([...own].filter((it) => !INTERNAL.test(it)));
  for (const source of client.sources) for (const name of source.classes) classes.add(name);
  return classes;
}

async function readFrom(path: ClassPath, name: string): Promise<ReachedClass | undefined> {
  const source = path.sources.find((it) => it.classes.has(name));
  const bytes = await source?.read(name).catch(() => undefined);
  const file = bytes === undefined ? undefined : readClassFile(bytes);
  return source === undefined || file === undefined ? undefined : { file, seenAt: source.seenAt };
}

/** The list; undefined where the root was made without one of its own, or the handler is no class of the package's. */
export async function javaClassList(of: JavaPackage): Promise<string | undefined> {
  const trained = join(of.rootfs, of.runtimeDirectory, "runtime.classes");
  if (!existsSync(trained)) return undefined;
  const ofRuntime = await runtimeClasses(of.rootfs, of.runtimeDirectory);
  using path = await openClassPath(placesOf(of));
  const [handler = ""] = of.handler.split("::");
  const reached = await reachableClasses({
    roots: [handler.replaceAll(".", "/"), ...path.sources.flatMap((it) => it.implementations)],
    classesMax: CLASSES_MAX,
    isOfRuntime: (name) => ofRuntime.has(name),
    read: (name) => readFrom(path, name),
  });
  return classListOf({ trained: await readFile(trained, "utf8"), reached });
}
