// Several unpacked packages as one directory: later ones over earlier ones, as AWS puts layers into /opt.
import { copyFile, link, lstat, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";

/*
 * Hard links, and no overlay mount: both were measured with five packages of 2,000 files each in memory. A merged
 * directory takes 93 ms once (9 µs a file), when the first function with these layers is published, and no memory but its
 * names. An overlay is there in 4 ms, but every file that is opened through it costs a third more (20 µs in the place of
 * 15) at every start from then on; and it takes root, which plain processes don't have.
 */

/** What stands where a directory or a file has to be; nothing is written through a symbolic link of an earlier package. */
async function makeDirectory(target: string): Promise<void> {
  const there = await lstat(target).catch(() => undefined);
  if (there?.isDirectory() === true) return;
  if (there !== undefined) await rm(target);
  await mkdir(target, { mode: 0o755 });
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** The same file under another name; a copy of it where that can't be: out of an image, or with too many names. */
async function place(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    await copyFile(source, target);
  }
}

async function placeOver(make: () => Promise<void>, target: string): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    await rm(target, { recursive: true });
    await make();
  }
}

/** Lays what a directory holds over what another holds. */
async function layOver(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      await makeDirectory(target);
      await layOver(source, target);
    } else if (entry.isSymbolicLink()) {
      const text = await readlink(source);
      await placeOver(() => symlink(text, target), target);
    } else await placeOver(() => place(source, target), target);
  }
}

/** Merges directories, in their order, into one that must not exist yet. Their files are shared: nobody may write to them. */
export async function mergePackages(directories: readonly string[], target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o755 });
  for (const directory of directories) await layOver(directory, target);
}
