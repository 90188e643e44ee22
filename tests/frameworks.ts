// Frameworks and tools as their registries have them, which tools/setup.sh --test installs into .hearth/tools.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const tools = fileURLToPath(new URL("../.hearth/tools", import.meta.url));

/** What is installed together. */
export type Frameworks = "node-frameworks" | "python-frameworks" | "web-adapter" | "debugpy";

/** Why they are not there; undefined where they are. */
export function whyNoFrameworks(name: Frameworks): string | undefined {
  const isThere = existsSync(join(tools, name, "installed"));
  return isThere ? undefined : `tools/setup.sh --test could not install ${name} here`;
}

/** One file of them. */
export function frameworkFile(name: Frameworks, path: string): Uint8Array {
  return readFileSync(join(tools, name, path));
}

/** Every file below a directory of theirs, under its path from `from`, as packages hold them. */
export function frameworkFiles(name: Frameworks, from: string): Readonly<Record<string, Uint8Array>> {
  const directory = join(tools, name);
  const files = readdirSync(join(directory, from), { recursive: true, withFileTypes: true }).filter(
    (it) => it.isFile() && it.name !== "installed" && !/\.(?:d\.[cm]?ts|map|pyc|md)$/u.test(it.name),
  );
  return Object.fromEntries(
    files.map((it) => {
      const path = join(it.parentPath, it.name);
      return [path.slice(directory.length + 1), readFileSync(path)];
    }),
  );
}
