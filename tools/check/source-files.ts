// Reads the repository's TypeScript and JavaScript files, which the pure checks then look at.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file of the repository; the path is relative to its root, with slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const FOLDERS = ["src", "runtimes", "tests", "tools", "bench", "examples"];
const EXTENSION = /\.(ts|mts|js|mjs|cjs)$/;
const FOLDERS_LEFT_OUT = new Set(["node_modules", "dist", ".hearth"]);

/** All source files below a root, in order of their paths. */
export function readSourceFiles(root: string): readonly SourceFile[] {
  const files: SourceFile[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !FOLDERS_LEFT_OUT.has(entry.name)) walk(path);
      else if (entry.isFile() && EXTENSION.test(entry.name)) {
        files.push({ path, text: readFileSync(join(root, path), "utf8") });
      }
    }
  };
  for (const folder of FOLDERS) if (existsSync(join(root, folder))) walk(folder);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whether a file is a test or makes the nouns for tests. */
export function isForTests(path: string): boolean {
  return path.startsWith("tests/") || /\.(test|fixtures)\.ts$/.test(path);
}
