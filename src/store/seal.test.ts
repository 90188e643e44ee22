// The seal and its root key: made once, whole or not at all, and refused when it is not what was made.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSeal } from "./seal.ts";

function aKeyFile(): { readonly path: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), "hearth-seal-"));
  return { path: join(directory, "root.key"), [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

test("what one seal has sealed, another with the same key opens, in the same context alone", () => {
  using file = aKeyFile();
  const sealed = createSeal(file.path).seal(Buffer.from("secret"), "a");
  const again = createSeal(file.path);

  assert.equal(again.open(sealed, "a").toString(), "secret");
  assert.throws(() => again.open(sealed, "b"), /could not be decrypted/u);
  sealed[sealed.length - 20] = (sealed.at(-20) ?? 0) ^ 1;
  assert.throws(() => again.open(sealed, "a"), /could not be decrypted/u);
  assert.throws(() => again.open(Buffer.alloc(3), "a"), /could not be decrypted/u);
  assert.equal(statSync(file.path).mode & 0o777, 0o600);
});

test("a root key of the wrong size is refused with what to do, and left as it is", () => {
  using file = aKeyFile();
  writeFileSync(file.path, "short");

  assert.throws(() => createSeal(file.path), /root\.key has 5 bytes instead of 32; put back a copy of it/u);
  assert.equal(readFileSync(file.path, "utf8"), "short");
});

test("whoever was killed while making the key leaves nothing that stands in the way", () => {
  using file = aKeyFile();
  writeFileSync(`${file.path}.part`, "half");

  createSeal(file.path);

  assert.equal(readFileSync(file.path).length, 32);
  assert.ok(!existsSync(`${file.path}.part`));
});
