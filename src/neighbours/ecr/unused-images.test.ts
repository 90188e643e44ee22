import assert from "node:assert/strict";
import { test } from "node:test";
import { blobsOf, type KnownManifest, unusedManifests } from "./unused-images.ts";

const image = (...blobs: readonly string[]) => ({
  config: { digest: "sha256:config" },
  layers: blobs.map((it) => ({ digest: `sha256:${it}` })),
});
const index = (...manifests: readonly string[]) => ({ manifests: manifests.map((digest) => ({ digest })) });

function manifest(digest: string, given: Partial<Omit<KnownManifest, "content">> & { content?: object } = {}) {
  const { content = image("layer"), ...others } = given;
  const known = { repository: "r", digest, pushedAtMs: 100, isTagged: false, ...others };
  return { ...known, content: Buffer.from(JSON.stringify(content)) };
}

const unused = (all: readonly KnownManifest[], inUse: readonly string[] = []): readonly string[] =>
  unusedManifests(all, { inUse: new Set(inUse), pushedAfterMs: 500 }).map((it) => it.digest);

test("what has a tag, is run by a function or was pushed lately is kept, and nothing else", () => {
  const all = [
    manifest("tagged", { isTagged: true }),
    manifest("run"),
    manifest("new", { pushedAtMs: 501 }),
    manifest("old", { pushedAtMs: 500 }),
  ];

  assert.deepEqual(unused(all, ["run"]), ["old"]);
  assert.deepEqual(unused(all), ["run", "old"]);
});

test("an index keeps what it names in its repository, over more than one step", () => {
  const all = [
    manifest("outer", { isTagged: true, content: index("inner") }),
    manifest("inner", { content: index("amd64", "missing") }),
    manifest("amd64"),
    manifest("arm64"),
    manifest("amd64", { repository: "other" }),
  ];

  assert.deepEqual(unused(all), ["arm64", "amd64"]);
});

test("blobs are those of every manifest; one that can't be read names none", () => {
  const broken = { ...manifest("broken"), content: Buffer.from("{") };

  assert.deepEqual(
    blobsOf([manifest("a", { content: image("x", "y") }), manifest("b"), broken]),
    new Set(["config", "x", "y", "layer"]),
  );
  assert.deepEqual(unused([broken]), ["broken"]);
});
