// What is known of a root on disk: a directory with `root/`, what sandboxes see, and `root.json`, how it came to be.
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageConfig } from "./images/image-source.ts";
import { type Inventory, takeInventory } from "./inventory.ts";

/** How the runtime of a root is started. */
export type RuntimeStart =
  /** Hearth's client of that language, by an interpreter in the root. */
  | { readonly kind: "nodejs" | "python"; readonly interpreter: string }
  /** AWS's client of that language, by Hearth's bootstrap, which takes an archive of the package's classes. */
  | { readonly kind: "java"; readonly bootstrap: string }
  /** The root's own client, as in AWS's base images. */
  | { readonly kind: "own"; readonly bootstrap: string }
  /** What the function's package or layers bring. */
  | { readonly kind: "package" }
  /** What a function's own image says. */
  | { readonly kind: "image"; readonly config: ImageConfig };

/** What was put into a root. */
export interface RootContents {
  /** Where it is from, in words that the user knows: an image's name, a path. */
  readonly from: string;
  readonly start: RuntimeStart;
  /** Variables that its image sets; a function's own come before them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Which of Hearth's clients is in it; undefined where none is. */
  readonly client: string | undefined;
}

/** The whole record. */
export interface RootRecord extends RootContents {
  readonly format: 1;
  readonly runtime: string;
  readonly inventory: Inventory;
}

/** A root that is there. */
export interface StoredRoot {
  readonly directory: string;
  /** The root filesystem itself. */
  readonly rootfs: string;
  readonly record: RootRecord;
}

/** The root in a directory; undefined where none is finished, or one of another format. */
export function readRoot(directory: string): StoredRoot | undefined {
  const file = join(directory, "root.json");
  if (!existsSync(file)) return undefined;
  const record = JSON.parse(readFileSync(file, "utf8")) as RootRecord | { readonly format: unknown };
  return record.format === 1 ? { directory, rootfs: join(directory, "root"), record: record as RootRecord } : undefined;
}

/** Writes the record of a root that has been filled. */
export async function writeRecord(directory: string, runtime: string, contents: RootContents): Promise<void> {
  const record: RootRecord = {
    format: 1,
    runtime,
    ...contents,
    inventory: await takeInventory(join(directory, "root")),
  };
  await writeFile(join(directory, "root.json"), JSON.stringify(record, undefined, 2));
}

const IMAGE_FORMAT = 1;

/** What a function's image in a directory says of how it is run; undefined where none is finished. */
export function readImageRoot(directory: string): ImageConfig | undefined {
  const file = join(directory, "image.json");
  if (!existsSync(file)) return undefined;
  const record = JSON.parse(readFileSync(file, "utf8")) as { readonly format: unknown; readonly config: ImageConfig };
  return record.format === IMAGE_FORMAT ? record.config : undefined;
}

/** Writes that of an image that has been unpacked. */
export async function writeImageRoot(directory: string, config: ImageConfig): Promise<void> {
  await writeFile(join(directory, "image.json"), JSON.stringify({ format: IMAGE_FORMAT, config }, undefined, 2));
}
