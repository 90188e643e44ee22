// The reserved user that `services` becomes where Hearth is started as root, and what that user must be able to reach.
import { accessSync, chownSync, constants, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Reserved for `services`: what parses everything that clients send runs without privileges. */
const SERVICES_UID = 59_566;

function give(path: string): void {
  chownSync(path, SERVICES_UID, SERVICES_UID);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) give(inner);
    else chownSync(inner, SERVICES_UID, SERVICES_UID);
  }
}

/** Gives a directory to the reserved user and becomes it; does nothing where this process is not root. */
export function becomeReservedUser(directory: string): void {
  if (process.getuid?.() !== 0) return;
  give(directory);
  process.setgroups?.([]);
  process.setgid?.(SERVICES_UID);
  process.setuid?.(SERVICES_UID);
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** What stands between this process and a file that it has to read: the file, or the first closed folder before it. */
function closedPart(file: string): string | undefined {
  const folders: string[] = [];
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) folders.unshift(folder);
  return folders.find((it) => !mayAccess(it, constants.X_OK)) ?? (mayAccess(file, constants.R_OK) ? undefined : file);
}

/** Says why the files can't be read, and the fix; undefined when all can. */
export function whyUnreadable(files: readonly string[]): string | undefined {
  for (const file of files) {
    const closed = closedPart(file);
    if (closed === undefined) continue;
    const user = `services run as user ${process.getuid?.() ?? "?"}, who can't read ${file}`;
    const fix = closed === file ? `chmod o+r ${file} (and all beside it)` : `chmod o+x ${closed}`;
    return `${user}: ${closed} is closed to others; fix: ${fix}, or put it where everybody may read`;
  }
  return undefined;
}
