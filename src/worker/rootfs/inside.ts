// Paths inside a root filesystem that nobody vouches for: followed as a process that lives in that root would follow them.
import { lstatSync, mkdirSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../../foundation/fault.ts";

/** As Linux: more links than that on one path are a loop. */
const LINKS_MAX = 40;

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    // What is not there is no link; whoever goes on to use it finds out.
    return undefined;
  }
}

/**
 * The path on this machine of a path in a root: links count from the root, and none leads out of it.
 * What does not exist yet is taken as it is. Throws a Fault for a loop of links.
 */
export function inside(root: string, path: string): string {
  const pending = path.split("/").reverse();
  const at: string[] = [];
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at.pop();
      continue;
    }
    const link = linkAt(join(root, ...at, name));
    if (link === undefined) {
      at.push(name);
      continue;
    }
    links += 1;
    if (links > LINKS_MAX) throw new Fault(`${path} goes through more than ${LINKS_MAX} links`);
    if (link.startsWith("/")) at.length = 0;
    pending.push(...link.split("/").reverse());
  }
  return join(root, ...at);
}

/** Where an entry of that name goes: its directory's links are followed and its directory made, its own name is not followed. */
export function placeInside(root: string, path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const directory = inside(root, dirname(path));
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  return join(directory, name);
}
