// An unpacked package as one compressed, read-only image: for large packages, whose files would fill the worker's memory.
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { runOrFault } from "../../foundation/subprocess.ts";

/** File systems that an image may have: both are read-only by their nature. */
export type ImageType = "erofs" | "squashfs";

const MAKE_TIMEOUT_MS = 120_000;

/** Which packages become images. */
export interface CodeImages {
  readonly type: ImageType;
  /** Unpacked bytes from which on a package does. */
  readonly bytesMin: number;
}

/** A mounted image. Disposal unmounts it; what still uses it keeps it until it ends. */
export interface CodeImage extends AsyncDisposable {
  /** What it takes of the disk or memory that it lies on. */
  readonly bytes: number;
}

function makerOf(type: ImageType, directory: string, image: string): readonly [string, readonly string[]] {
  return type === "erofs"
    ? ["mkfs.erofs", ["-zlz4", "--all-root", "--quiet", image, directory]]
    : ["mksquashfs", [directory, image, "-comp", "lz4", "-all-root", "-noappend", "-quiet", "-no-progress"]];
}

/** Puts an image in the place of a directory. The kernel lets go of its loop device with the last mount of it. */
export async function replaceByImage(directory: string, type: ImageType): Promise<CodeImage> {
  const image = `${directory}.${type}`;
  const unpacked = `${directory}.unpacked`;
  const [file, args] = makerOf(type, directory, image);
  await runOrFault(file, args, { timeoutMs: MAKE_TIMEOUT_MS });
  await rename(directory, unpacked);
  await mkdir(directory);
  try {
    await runOrFault("mount", ["-t", type, "-o", "loop,ro,nosuid,nodev", image, directory]);
  } catch (error) {
    await rm(directory, { recursive: true });
    await rename(unpacked, directory);
    await rm(image, { force: true });
    throw error;
  }
  await rm(unpacked, { recursive: true });
  const { size } = await stat(image);
  return {
    bytes: size,
    async [Symbol.asyncDispose]() {
      await runOrFault("umount", ["--lazy", directory]);
      await rm(image, { force: true });
    },
  };
}
