// Code that is run where it lies: directories of the machine that were allowed, and who is told when something in them changes.
import { type FSWatcher, readdirSync, realpathSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import type { Clock, Timer } from "../../foundation/clock.ts";
import { Fault } from "../../foundation/fault.ts";

/** Editors and bundlers write in several steps. */
const SETTLED_AFTER_MS = 50;
/** What changes in there without a change of the function; packages that come or go are seen in the directory itself. */
const NOT_LOOKED_INTO: ReadonlySet<string> = new Set(["node_modules", ".git", "__pycache__", ".venv"]);
const DIRECTORIES_MAX = 10_000;

/** What it stands on. */
export interface LocalCodeOptions {
  readonly clock: Clock;
  /** Directories that code may be run from. */
  readonly allowed: readonly string[];
  /** Told of a path below which something has changed. */
  readonly onChanged: (path: string) => void;
}

/** The directories that functions run from. Disposal ends the watching. */
export class LocalCode implements Disposable {
  readonly #options: LocalCodeOptions;
  readonly #watched = new Map<string, WatchedTree>();

  constructor(options: LocalCodeOptions) {
    this.#options = options;
  }

  /** Why code can't be run from there, in words; undefined where it can. */
  whyNot(path: string): string | undefined {
    try {
      const real = realpathSync(path);
      if (!statSync(real).isDirectory()) return `${path} is not a directory`;
      // Links in the path may lead anywhere.
      const isAllowed = this.#options.allowed.some((it) => `${real}/`.startsWith(`${realpathSync(it)}/`));
      return isAllowed ? undefined : `${path} leads to ${real}, which is not below a directory of HEARTH_LOCAL_CODE`;
    } catch {
      return `there is no directory ${path}`;
    }
  }

  /** The directory, watched from here on. Throws a Fault where code can't be run from there. */
  take(path: string): string {
    const reason = this.whyNot(path);
    if (reason !== undefined) throw new Fault(reason);
    const real = realpathSync(path);
    const known = this.#watched.get(path);
    if (known?.isOf(real) === true) return real;
    known?.[Symbol.dispose]();
    const { clock, onChanged } = this.#options;
    this.#watched.set(path, new WatchedTree(clock, real, () => onChanged(path)));
    return real;
  }

  [Symbol.dispose](): void {
    for (const tree of this.#watched.values()) tree[Symbol.dispose]();
    this.#watched.clear();
  }
}

const inodeOf = (directory: string): number | undefined => statSync(directory, { throwIfNoEntry: false })?.ino;

/** One directory and those below it. */
class WatchedTree implements Disposable {
  readonly #clock: Clock;
  readonly #root: string;
  readonly #inode: number | undefined;
  readonly #onChanged: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: Timer | undefined;

  constructor(clock: Clock, root: string, onChanged: () => void) {
    this.#clock = clock;
    this.#root = root;
    this.#inode = inodeOf(root);
    this.#onChanged = onChanged;
    this.#look(root);
  }

  /** Whether it is still the directory of that name, which bundlers make anew. */
  isOf(root: string): boolean {
    return root === this.#root && inodeOf(root) === this.#inode;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #look(directory: string): void {
    if (this.#watchers.has(directory) || this.#watchers.size >= DIRECTORIES_MAX) return;
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#changed(directory));
      watcher.on("error", () => this.#forget(directory));
      this.#watchers.set(directory, watcher);
      for (const it of readdirSync(directory, { withFileTypes: true }))
        if (it.isDirectory()) this.#lookInto(join(directory, it.name), it.name);
    } catch {
      // It has gone in the meantime, which its parent tells.
      this.#forget(directory);
    }
  }

  #lookInto(directory: string, name: string): void {
    if (!NOT_LOOKED_INTO.has(name)) this.#look(directory);
  }

  #forget(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }

  #changed(directory: string): void {
    // New directories below it are watched too; what has gone is let go.
    this.#forget(directory);
    this.#look(directory);
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(SETTLED_AFTER_MS, () => {
      this.#timer = undefined;
      this.#onChanged();
    });
  }
}
