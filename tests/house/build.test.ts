// The published form of src/ is complete: every module, its types, and the files that the code reads beside itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "./planted-tree.ts";

test("dist/ has every module and file of src/, and nothing in it asks for a source that is not published", () => {
  const dist = mkdtempSync(join(tmpdir(), "hearth-dist-"));
  using _cleanup = { [Symbol.dispose]: () => rmSync(dist, { recursive: true, force: true }) };

  const built = spawnSync("sh", [join(REPOSITORY, "tools/build.sh"), dist], { encoding: "utf8" });

  assert.equal(built.status, 0, built.stdout + built.stderr);
  const sources = globSync("**/*.*", { cwd: join(REPOSITORY, "src") }).filter((path) => !path.endsWith(".md"));
  const published = sources.filter((path) => !/\.(test|fixtures)\.ts$/.test(path));
  const expected = published.flatMap((path) =>
    path.endsWith(".ts") ? [path.replace(/ts$/, "js"), path.replace(/ts$/, "d.ts")] : [path],
  );
  assert.ok(expected.length > 0);
  assert.deepEqual(
    expected.filter((path) => !existsSync(join(dist, path))),
    [],
  );
  const scripts = globSync("**/*.js", { cwd: dist });
  assert.deepEqual(
    scripts.filter((path) => /(["'`])\.[^"'`\n]*\.ts\1/.test(readFileSync(join(dist, path), "utf8"))),
    [],
  );
});
