// Uploaded packages: what is taken, and every way in which one can be broken, too large, or meant to do harm.
import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import { aZip, FIELD, withField } from "./code-package.fixtures.ts";
import { checkCodePackage } from "./code-package.ts";

const UNREADABLE = "Could not unzip uploaded file. Please check your file, then try to upload again.";

async function refusal(zip: Uint8Array): Promise<string> {
  const error = await checkCodePackage(zip).then(
    () => undefined,
    (it: unknown) => it,
  );
  return error instanceof Error ? `${error.name}: ${error.message}` : "taken";
}

const unreadable = `InvalidParameterValueException: ${UNREADABLE}`;

test("an ordinary package is taken: files, folders, links within it, any names", async () => {
  const zip = aZip({
    "index.mjs": "export const handler = () => 1;",
    "lib/a.mjs": "",
    "empty/": "",
    current: { link: "lib/a.mjs" },
    "ünï/文件.txt": "x",
  });

  assert.equal(await refusal(zip), "taken");
});

test("nothing, an empty zip and what is no zip are told apart", async () => {
  const empty = "InvalidParameterValueException: Uploaded file must be a non-empty zip";

  assert.equal(await refusal(Buffer.alloc(0)), empty);
  assert.equal(await refusal(zipSync({})), empty);
  assert.equal(await refusal(Buffer.from("no zip")), unreadable);
  const zip = aZip({ "index.mjs": "x".repeat(1000) });
  assert.equal(await refusal(zip.subarray(0, zip.length - 10)), unreadable);
});

test("a name that leaves the package is refused", async () => {
  for (const name of ["../escape", "a/../../escape", "/absolute", "a\\b", "C:/x"]) {
    assert.equal(await refusal(aZip({ [name]: "x" })), unreadable, name);
  }
});

test("an entry that goes through a link or through a file is refused", async () => {
  assert.equal(await refusal(aZip({ out: { link: "/etc" }, "out/passwd": "x" })), unreadable);
  assert.equal(await refusal(aZip({ file: "x", "file/inner": "x" })), unreadable);
  assert.equal(await refusal(aZip({ file: "x", "file/": "" })), unreadable);
});

// A path has many spellings, and the worker's file system takes them for one.
test("a link is not got round by spelling its path differently, nor is a name used twice that way", async () => {
  const out = { link: "/etc" };
  for (const name of [
    "./out/passwd",
    "out//passwd",
    ".//out/passwd",
    "out/./passwd",
    "./out/",
    "./out",
    "x/../out/p",
  ]) {
    assert.equal(await refusal(aZip({ out, [name]: "x" })), unreadable, name);
  }
  assert.equal(await refusal(aZip({ "./out": out, "out/passwd": "x" })), unreadable);
  assert.equal(await refusal(aZip({ ".": { link: "/etc" } })), unreadable);
  assert.equal(await refusal(aZip({ "./": "", "./lib/a.mjs": "", "./index.mjs": "" })), "taken");
});

test("two entries of one name are refused", async () => {
  const [a, b] = ["name1", "name2"];
  const zip = aZip({ [a]: { link: "/etc/passwd" }, [b]: "x" });
  const twice = Buffer.from(zip.toString("latin1").replaceAll(b, a), "latin1");

  assert.equal(await refusal(twice), unreadable);
});

test("names and link targets that no file system takes are refused", async () => {
  assert.equal(await refusal(aZip({ ["n".repeat(256)]: "x" })), unreadable);
  assert.equal(await refusal(aZip({ [`${"d/".repeat(1_600)}f`]: "x" })), unreadable);
  assert.equal(await refusal(aZip({ long: { link: "t".repeat(5_000) } })), unreadable);
});

test("content that was changed, or that is not as large as it claims, is refused", async () => {
  const zip = aZip({ "index.mjs": "x".repeat(1000) });

  assert.equal(await refusal(withField(zip, FIELD.crc32, 1)), unreadable);
  assert.equal(await refusal(withField(zip, FIELD.uncompressedSize, 10)), unreadable);
  assert.equal(await refusal(withField(zip, FIELD.uncompressedSize, 2000)), unreadable);
  assert.equal(await refusal(withField(zip, FIELD.compressedSize, 3)), unreadable);
});

test("more than 250 MB unzipped is refused by the claim alone; a bomb that claims less is stopped where its claim ends", async () => {
  const bomb = aZip({ "zeros.bin": new Uint8Array(20_000_000) });

  assert.equal(
    await refusal(withField(bomb, FIELD.uncompressedSize, 262_144_001)),
    "InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes",
  );
  assert.equal(await refusal(withField(bomb, FIELD.uncompressedSize, 1000)), unreadable);
});

test("more than 50 MB zipped is refused", async () => {
  assert.equal(
    await refusal(Buffer.alloc(52_428_801)),
    "InvalidParameterValueException: Zip file must be smaller than 52428800 bytes",
  );
});
