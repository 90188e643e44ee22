// What every section of the bench is: a function that measures one matter and leaves nothing behind.
import { rm } from "node:fs/promises";
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "./report/row.ts";

/** What a section is given. */
export interface Bench {
  /** Fewer rounds, smaller worlds: to see that it runs, not to publish. */
  readonly isQuick: boolean;
  /** Tells whoever watches how far it is. */
  readonly say: (line: string) => void;
}

/** A section. Cleans up also when it throws. */
export type Section = (bench: Bench) => Promise<readonly Row[]>;

/** A directory that is gone with its holder. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** Makes one. */
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), "hearth-bench-"));
  // Services run as another user, who passes through it.
  chmodSync(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Waits. What is measured waits for events; this is for letting the machine come to rest. */
export const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
