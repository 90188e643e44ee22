// Files that a sandbox hands over, written as they come under a directory that gets its name when all are there.
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "../../foundation/fault.ts";
import { FramedFiles } from "./framed-files.ts";

/** What comes through one pipe. Disposal removes what has not been kept. */
export class ReceivedFiles implements AsyncDisposable {
  readonly #unfinished: string;
  readonly #family: string;
  readonly #bytesMax: number;
  readonly #framed = new FramedFiles();
  #bytes = 0;
  #open: number | undefined;
  #trouble: unknown;

  /** They are kept in `family` below the directory. `bytesMax` bounds all of them together, with their names. */
  constructor(options: { readonly directory: string; readonly family: string; readonly bytesMax: number }) {
    this.#unfinished = `${options.directory}.part`;
    this.#family = options.family;
    this.#bytesMax = options.bytesMax;
  }

  /** Takes the next bytes of the stream; never throws. Blocks for a copy in memory: that is where the directory lies. */
  take(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#bytesMax || this.#trouble !== undefined) return;
    try {
      for (const part of this.#framed.read(bytes)) {
        if ("begins" in part) this.#begin(part.begins);
        else this.#write(part.content);
      }
    } catch (trouble) {
      // Of names that can't both be files, or for want of room: told to who keeps them, not to the pipe.
      this.#trouble = trouble;
    }
  }

  /**
   * Gives the directory its name. Throws what went wrong in writing.
   * @returns how many bytes it has; 0: nothing came, too much, or no stream of files
   */
  async keep(directory: string): Promise<number> {
    this.#close();
    if (this.#trouble !== undefined) throw new Fault("what was compiled can't be kept", { cause: this.#trouble });
    if (this.#bytes === 0 || this.#bytes > this.#bytesMax || !this.#framed.isWhole()) return 0;
    await rename(this.#unfinished, directory);
    return this.#bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await rm(this.#unfinished, { recursive: true, force: true });
  }

  #begin(name: string): void {
    this.#close();
    const path = join(this.#unfinished, this.#family, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    this.#open = openSync(path, "w", 0o644);
  }

  #write(content: Buffer): void {
    for (let at = 0; this.#open !== undefined && at < content.length; ) at += writeSync(this.#open, content, at);
  }

  #close(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
  }
}
