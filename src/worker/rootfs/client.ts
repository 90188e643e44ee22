// Hearth's runtime clients, as they are put into roots; each known by a hash of its files.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Languages that there is a client for. */
export type ClientFamily = "nodejs" | "python" | "java" | "ruby";

/** Java's is AWS's own, and only what starts it is ours. */
const FILES: Readonly<Record<ClientFamily, RegExp>> = {
  nodejs: /\.mjs$/u,
  python: /\.py$/u,
  java: /^(?:bootstrap|archive-package)$/u,
  ruby: /^bootstrap$|\.rb$/u,
};
const directoryOf = (family: ClientFamily): string =>
  fileURLToPath(new URL(`../../../runtimes/${family}`, import.meta.url));

/** The client's files and those of its packages; tests lie beside them. */
function filesOf(family: ClientFamily): readonly string[] {
  return readdirSync(directoryOf(family), { recursive: true, encoding: "utf8" })
    .filter((it) => FILES[family].test(it))
    .sort();
}

/** Eight hexadecimal digits that change with any of the client's files. */
export function clientHash(family: ClientFamily): string {
  const hash = createHash("sha256");
  for (const name of filesOf(family)) hash.update(`${name}\n`).update(readFileSync(join(directoryOf(family), name)));
  return hash.digest("hex").slice(0, 8);
}

/** Copies the client into a directory. */
export async function addClient(family: ClientFamily, target: string): Promise<void> {
  for (const name of filesOf(family)) await cp(join(directoryOf(family), name), join(target, name));
}
