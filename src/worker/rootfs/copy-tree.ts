// Copies a directory that the user gives as a root: files, directories and links as they are, nothing else.
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, opendir, readlink, stat, symlink } from "node:fs/promises";
import { join } from "node:path";

// As in layers: a set-user-id file below Hearth's data would be a gift to other users of this machine.
const MODE_BITS = 0o777;

/** Copies what a directory holds into another that is there. Devices, pipes and sockets are left out. */
export async function copyTree(from: string, to: string): Promise<void> {
  for await (const entry of await opendir(from)) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (entry.isDirectory()) {
      await mkdir(target);
      await copyTree(source, target);
    } else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE);
    if (!entry.isSymbolicLink() && (entry.isDirectory() || entry.isFile()))
      await chmod(target, (await stat(source)).mode & MODE_BITS);
  }
}
