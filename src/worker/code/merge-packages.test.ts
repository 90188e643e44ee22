// Merging: what a later package has stands in the place of what an earlier one had, whatever that was.
import assert from "node:assert/strict";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { mergePackages } from "./merge-packages.ts";

type Tree = Readonly<Record<string, string | { readonly link: string }>>;

/** Directories with files by path. */
function someTrees(...trees: readonly Tree[]): { root: string; directories: readonly string[] } & Disposable {
  const root = mkdtempSync(join(tmpdir(), "hearth-merge-"));
  const directories = trees.map((tree, index) => {
    const directory = join(root, `${index}`);
    mkdirSync(directory);
    for (const [path, content] of Object.entries(tree)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      if (typeof content === "string") writeFileSync(join(directory, path), content, { mode: 0o755 });
      else symlinkSync(content.link, join(directory, path));
    }
    return directory;
  });
  return { root, directories, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

async function merged(of: ReturnType<typeof someTrees>): Promise<string> {
  const target = join(of.root, "merged");
  await mergePackages(of.directories, target);
  return target;
}

test("directories are merged, files keep their permissions and share their bytes", async () => {
  using of = someTrees({ "bin/a": "a", "bin/both": "1" }, { "bin/b": "b", "bin/both": "2" });

  const target = await merged(of);

  assert.deepEqual(readdirSync(join(target, "bin")).sort(), ["a", "b", "both"]);
  assert.equal(readFileSync(join(target, "bin/both"), "utf8"), "2");
  assert.equal(statSync(join(target, "bin/a")).mode & 0o777, 0o755);
  assert.equal(statSync(join(target, "bin/a")).ino, statSync(join(of.directories[0] ?? "", "bin/a")).ino);
  assert.equal(readFileSync(join(of.directories[0] ?? "", "bin/both"), "utf8"), "1");
});

test("a file, a directory and a link take each other's places", async () => {
  const kinds: Readonly<Record<string, Tree>> = {
    file: { x: "file" },
    directory: { "x/inside": "directory" },
    link: { x: { link: "elsewhere" } },
  };
  for (const [earlier, before] of Object.entries(kinds)) {
    for (const [later, after] of Object.entries(kinds)) {
      using of = someTrees(before, after);

      const found = lstatSync(join(await merged(of), "x"));

      const kind = found.isSymbolicLink() ? "link" : found.isDirectory() ? "directory" : "file";
      assert.equal(kind, later, `${earlier}, then ${later}`);
    }
  }
});

test("nothing is written through an earlier package's link", async () => {
  using of = someTrees({ lib: { link: "../0" } }, { "lib/new": "new" });

  const target = await merged(of);

  assert.ok(lstatSync(join(target, "lib")).isDirectory());
  assert.deepEqual(readdirSync(of.directories[0] ?? ""), ["lib"]);
  assert.equal(readlinkSync(join(of.directories[0] ?? "", "lib")), "../0");
});
