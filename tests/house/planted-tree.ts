// A small repository in a temporary directory, with our real configuration, in which tests plant what a rule forbids.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** This repository's root. */
export const REPOSITORY: string = resolve(import.meta.dirname, "../..");

const CONFIGURATION = [".oxlintrc.json", "biome.json", "package.json", "tsconfig.json"];

/** A planted repository; it is gone when disposed of. */
export interface PlantedTree extends Disposable {
  readonly root: string;
}

/** Writes the files, by path and text, beside a copy of the configuration and a link to node_modules. */
export function plant(files: Readonly<Record<string, string>>): PlantedTree {
  const root = mkdtempSync(join(tmpdir(), "hearth-house-"));
  for (const name of CONFIGURATION) cpSync(join(REPOSITORY, name), join(root, name));
  symlinkSync(join(REPOSITORY, "node_modules"), join(root, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** A process and a command line that reach the given files of src/, so that they are not dead. */
export function reaching(...paths: readonly string[]): Readonly<Record<string, string>> {
  const imports = paths.map((path) => `import "../${path.replace(/^src\//, "")}";\n`).join("");
  return { "src/main/services.ts": `// The process of the services.\n${imports}` };
}
