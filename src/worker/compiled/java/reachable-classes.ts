// Which of a function's classes its archive has: those that are reached from the handler, each from one that names it, the nearest
// first. Which of them will run nobody knows without running them.
import type { ClassFile } from "./class-file.ts";

/** A class of the function's, and the place that it is loaded from. */
export interface ReachedClass {
  readonly file: ClassFile;
  readonly seenAt: string;
}

/** What was reached. */
export interface Reached {
  /** By name, the nearest first. */
  readonly classes: ReadonlyMap<string, ReachedClass>;
  /** Classes of the runtime's that they name. */
  readonly ofRuntime: ReadonlySet<string>;
}

/** Where to begin and how far to go. */
export interface Reach {
  readonly roots: readonly string[];
  readonly classesMax: number;
  /** Classes that the function's loader asks its parent for first. */
  readonly isOfRuntime: (name: string) => boolean;
  /** Undefined where the function has no such class. */
  readonly read: (name: string) => Promise<ReachedClass | undefined>;
}

/** Walks from the roots. */
export async function reachableClasses({ roots, classesMax, isOfRuntime, read }: Reach): Promise<Reached> {
  const classes = new Map<string, ReachedClass>();
  const ofRuntime = new Set<string>();
  const seen = new Set<string>();
  const pending: string[] = [];
  const note = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    if (isOfRuntime(name)) ofRuntime.add(name);
    else pending.push(name);
  };
  for (const root of roots) note(root);
  // Grows while it is walked.
  for (const name of pending) {
    if (classes.size >= classesMax) break;
    const reached = await read(name);
    // A file that says to be another class is none that a loader would take.
    if (reached?.file.name !== name) continue;
    classes.set(name, reached);
    const { superName, interfaces, references } = reached.file;
    for (const it of [...(superName === undefined ? [] : [superName]), ...interfaces, ...references]) note(it);
  }
  return { classes, ofRuntime };
}
