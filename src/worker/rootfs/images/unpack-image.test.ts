// Whole images: from a registry that wants a token, and from layouts; what is fetched is what its digest says.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { deadline } from "../../../foundation/deadline.ts";
import { parseImageReference, registryAddress } from "../../../model/image-reference.ts";
import type { ImageSource } from "./image-source.ts";
import { anImage, aRegistry, writeLayout } from "./images.fixtures.ts";
import { createLayoutSource } from "./layout-source.ts";
import { createRegistrySource, parseChallenge } from "./registry-source.ts";
import { unpackImage, type UnpackOptions } from "./unpack-image.ts";

interface Place extends Disposable {
  readonly directory: string;
  readonly root: string;
  unpack(source: ImageSource, more?: Partial<UnpackOptions>): Promise<Readonly<Record<string, string>>>;
}

function aPlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), "hearth-image-"));
  const root = join(directory, "root");
  mkdirSync(root);
  return {
    directory,
    root,
    unpack: async (source, more = {}) => {
      const { environment } = await unpackImage(source, {
        root,
        scratch: join(directory, "scratch"),
        architecture: "x64",
        wanted: undefined,
        onProgress: () => undefined,
        signal: deadline(10_000),
        ...more,
      });
      return environment;
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

const image = anImage({
  architecture: "x64",
  layers: [[{ path: "hello", content: "one" }], [{ path: "hello", content: "two" }]],
  env: ["LD_LIBRARY_PATH=/var/lang/lib", "no variable", "A=b=c"],
});
const sourceAt = (host: string) => createRegistrySource(parseImageReference(`${host}/test/image:1`));

test("an image comes from a registry that gives tokens, for this machine's architecture, layer over layer", async () => {
  using place = aPlace();
  await using registry = await aRegistry(image, { wantsToken: true });
  const progress: string[] = [];

  const environment = await place.unpack(sourceAt(registry.host), { onProgress: (it) => progress.push(it) });

  assert.equal(readFileSync(join(place.root, "hello"), "utf8"), "two");
  assert.deepEqual(environment, { LD_LIBRARY_PATH: "/var/lang/lib", A: "b=c" });
  assert.equal(registry.asked.filter((it) => it.startsWith("/token")).length, 1);
  assert.ok(progress.includes("fetching layer 2 of 2: 1 MiB of 1 MiB"));
});

test("bytes that are not what their digest says are refused before they are unpacked", async () => {
  using place = aPlace();
  await using registry = await aRegistry(image, { tamper: true });

  await assert.rejects(
    place.unpack(sourceAt(registry.host)),
    /^Fault: sha256:[0-9a-f]+ was asked for and sha256:[0-9a-f]+ came$/u,
  );
  assert.ok(!existsSync(join(place.root, "hello")));
});

test("an image for other machines only is refused with what there is", async () => {
  using place = aPlace();
  await using registry = await aRegistry(image);

  await assert.rejects(
    place.unpack(sourceAt(registry.host), { architecture: "arm64" }),
    /has no image for linux\/arm64; it has: linux\/mips, linux\/amd64/u,
  );
});

test("a registry that is not there, or lacks the image, is named with what it said", async () => {
  using place = aPlace();
  await using registry = await aRegistry(image);

  await assert.rejects(place.unpack(sourceAt("127.0.0.1:1")), /^Fault: 127.0.0.1:1 can't be reached: /u);
  await assert.rejects(
    place.unpack(createRegistrySource(parseImageReference(`${registry.host}/test/image:2`))),
    /\/test\/image:2: it has no such image \(404 for manifests\/2\)/u,
  );
});

test("a layout's image is unpacked; one that lacks a blob, or is none, is refused", async () => {
  using place = aPlace();
  const layout = join(place.directory, "layout");
  writeLayout(image, layout);

  await place.unpack(createLayoutSource(layout, layout));
  assert.equal(readFileSync(join(place.root, "hello"), "utf8"), "two");

  const [first = ""] = image.blobs.keys();
  rmSync(join(layout, "blobs", ...first.split(":")));
  await assert.rejects(place.unpack(createLayoutSource(layout, layout)), /lacks sha256:/u);
  assert.throws(() => createLayoutSource(place.root, "/somewhere"), /^Fault: \/somewhere is no OCI layout/u);
});

test("documents that are no manifests are refused", async () => {
  using place = aPlace();
  const layout = join(place.directory, "layout");
  writeLayout(image, layout);

  for (const [text, what] of [
    ["not json", /is no JSON/u],
    ["{}", /neither an index nor a manifest/u],
    ['{"manifests":[{"digest":"md5:1","size":1}]}', /Hearth knows sha256 digests/u],
    [`{"manifests":[{"digest":"sha256:${"1".repeat(64)}"}]}`, /no size/u],
  ] as const) {
    writeFileSync(join(layout, "index.json"), text);
    await assert.rejects(place.unpack(createLayoutSource(layout, layout)), what);
  }
});

test("names of images are read by Docker's rules, and only loopback is asked without TLS", () => {
  assert.deepEqual(parseImageReference("public.ecr.aws/lambda/python:3.13"), {
    registry: "public.ecr.aws",
    repository: "lambda/python",
    version: "3.13",
  });
  assert.deepEqual(parseImageReference("node:22-slim"), {
    registry: "registry-1.docker.io",
    repository: "library/node",
    version: "22-slim",
  });
  const digest = `sha256:${"a".repeat(64)}`;
  assert.equal(parseImageReference(`localhost:5000/a/b:tag@${digest}`).version, digest);
  for (const wrong of ["", "UPPER/case", "a/../b", "a b", "host/x:", "x@md5:1", "http://host/x"])
    assert.throws(() => parseImageReference(wrong), /neither a path on this machine nor an image's name/u);
  assert.equal(registryAddress("127.0.0.1:5000"), "http://127.0.0.1:5000");
  assert.equal(registryAddress("localhost"), "http://localhost");
  for (const far of ["127.0.0.1.example.org", "localhost.example.org", "10.0.0.1:80"])
    assert.equal(registryAddress(far), `https://${far}`);
});

test("a Bearer challenge is read; other schemes are not answered", () => {
  assert.deepEqual(parseChallenge('Bearer realm="https://auth/token",service="s"'), {
    realm: "https://auth/token",
    service: "s",
  });
  assert.equal(parseChallenge('Basic realm="x"'), undefined);
});
