// Roots on disk, by the doors that the worker and the command line use, in directories of their own.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { architecture, isRoot } from "../../foundation/host.ts";
import { judgeRuntime, type Runtime } from "../../model/runtimes.ts";
import { planFromSource, recogniseSource } from "./add-source.ts";
import { baseImageOf } from "./base-images.ts";
import { anImage, aRegistry, aTar, layoutFiles, type TarEntry, writeLayout } from "./images/images.fixtures.ts";
import { unpackLayer } from "./images/unpack-layer.ts";
import { nearestRuntime } from "./nearest-runtime.ts";
import type { StoredRoot } from "./root-record.ts";
import { findPython } from "./python-runtime.ts";
import { createRootStore, type RootStore } from "./root-store.ts";
import { bootstrapEntry, busybox, busyboxEntries, nodeEntry } from "./rootfs.fixtures.ts";
import { createRootFilesystems, type Prepared } from "./rootfs.ts";
import { verifyRoot } from "./verify-root.ts";

function runtimeNamed(name: string): Runtime {
  const verdict = judgeRuntime(name);
  assert.equal(verdict.kind, "runnable");
  return (verdict as { runtime: Runtime }).runtime;
}

interface Place extends Disposable {
  readonly directory: string;
  readonly store: RootStore;
  /** A directory with these files. */
  tree(entries: readonly TarEntry[]): Promise<string>;
  add(name: string, from: string): Promise<StoredRoot>;
  prepare(name: string, more?: { baseImages?: string; nearestRuntime?: boolean }): Promise<Prepared>;
}

function aPlace(): Place {
  const place = mkdtempSync(join(tmpdir(), "hearth-roots-"));
  const directory = join(place, "runtimes");
  mkdirSync(directory);
  const store = createRootStore(directory);
  return {
    directory,
    store,
    async tree(entries) {
      const tree = mkdtempSync(join(place, "tree-"));
      writeFileSync(join(place, "tar"), aTar(entries));
      await unpackLayer(join(place, "tar"), tree, { bytesLeft: 1 << 30, entriesLeft: 1000 });
      return tree;
    },
    async add(name, from) {
      const runtime = runtimeNamed(name);
      const options = { cache: join(directory, "cache"), onProgress: () => undefined };
      return await store.add(name, await planFromSource(runtime, recogniseSource(from), options));
    },
    prepare: (name, { baseImages, nearestRuntime: nearest = false } = {}) =>
      createRootFilesystems({ directory, baseImages, nearestRuntime: nearest, interpreters: [] }).prepare(name),
    [Symbol.dispose]: () => rmSync(place, { recursive: true }),
  };
}

const skip = busybox() === undefined ? "there is no static busybox" : false;
const asRoot = skip === false && !isRoot() ? "only root can start a program in another root" : skip;
const lacking =
  (await findPython("3.15")) === undefined ? false : "this machine has Python 3.15, which the test wants missing";
const image = (entries: readonly TarEntry[]) => anImage({ architecture, layers: [entries], env: ["IMAGE_SAYS=hello"] });

test("a root with a bootstrap of its own starts by that, with its image's variables", async () => {
  using place = aPlace();
  const layout = join(place.directory, "..", "layout");
  writeLayout(image([bootstrapEntry]), layout);

  await place.add("python3.12", layout);
  const prepared = await place.prepare("python3.12");

  assert.ok(prepared.ready);
  assert.deepEqual(prepared.start, { kind: "own", bootstrap: "/var/runtime/bootstrap" });
  assert.deepEqual(prepared.environment, { IMAGE_SAYS: "hello" });
  for (const path of ["proc", "dev", "tmp", "opt", "var/task", "var/rapid"])
    assert.ok(statSync(join(prepared.rootfs, path)).isDirectory());
});

test("a root with a plain interpreter gets Hearth's client", { skip: asRoot }, async () => {
  using place = aPlace();

  const root = await place.add("nodejs22.x", await place.tree([...busyboxEntries(), nodeEntry("22.1.0")]));

  assert.deepEqual(root.record.start, { kind: "nodejs", interpreter: "/usr/local/bin/node" });
  assert.ok(existsSync(join(root.rootfs, "var/runtime/index.mjs")));
  assert.deepEqual(
    readdirSync(join(root.rootfs, "var/runtime")).filter((it) => it.includes(".test.")),
    [],
  );
});

test("a root with another version's interpreter, or with none, is refused and leaves nothing behind", {
  skip: asRoot,
}, async () => {
  using place = aPlace();
  const another = await place.tree([...busyboxEntries(), nodeEntry("20.1.0")]);
  const broken = await place.tree([nodeEntry("22.1.0")]);
  const none = await place.tree([{ path: "etc/x" }]);

  await assert.rejects(
    place.add("nodejs22.x", another),
    /can't run nodejs22.x: \/usr\/local\/bin\/node is v20.1.0, and nodejs22.x wants 22/u,
  );
  await assert.rejects(
    place.add("nodejs22.x", broken),
    /can't run nodejs22.x: \/usr\/local\/bin\/node does not start: .*No such file/u,
  );
  await assert.rejects(
    place.add("nodejs22.x", none),
    /it has no \/var\/runtime\/bootstrap, and none of \/var\/lang\/bin\/node, /u,
  );
  assert.deepEqual(readdirSync(place.directory), []);
});

test("links in an image lead none of Hearth's own files out of the root", async () => {
  using place = aPlace();
  const outside = await place.tree([{ path: "resolv.conf", content: "untouched" }]);
  const tree = await place.tree([bootstrapEntry]);
  for (const it of ["etc", "opt", "var/rapid", "mnt"]) symlinkSync(outside, join(tree, it));

  const root = await place.add("python3.12", tree);

  assert.equal(readFileSync(join(outside, "resolv.conf"), "utf8"), "untouched");
  assert.deepEqual(readdirSync(outside), ["resolv.conf"]);
  assert.ok(statSync(join(root.rootfs, "opt")).isDirectory());
});

test("an archive of a layout is read like the layout; a tag chooses among several images", async () => {
  using place = aPlace();
  const archive = join(place.directory, "..", "image.tar");
  writeFileSync(archive, aTar([...layoutFiles(image([bootstrapEntry]))].map(([path, content]) => ({ path, content }))));

  const root = await place.add("python3.12", archive);

  assert.equal(root.record.start.kind, "own");
  await assert.rejects(place.add("python3.12", `${archive}:tag`), /has no image for linux/u);
});

test("what --from means is told by what is there", async () => {
  using place = aPlace();
  const tree = await place.tree([{ path: "node", content: "#!/bin/sh\n", mode: 0o755 }]);

  assert.deepEqual(recogniseSource(tree), { kind: "directory", path: tree });
  assert.deepEqual(recogniseSource(join(tree, "node")), { kind: "interpreter", path: join(tree, "node") });
  assert.deepEqual(recogniseSource("node:22-slim"), { kind: "registry", name: "node:22-slim" });
  assert.throws(() => recogniseSource("/nowhere/at/all"), /^Fault: there is no \/nowhere\/at\/all$/u);
  assert.throws(() => recogniseSource("NO IMAGE"), /neither a path on this machine nor an image's name/u);
});

test("an interpreter of another version, or a file that is none, is refused", async () => {
  using place = aPlace();
  const tree = await place.tree([{ path: "x", content: "#!/bin/sh\n", mode: 0o755 }]);

  await assert.rejects(place.add("nodejs20.x", process.execPath), /is Node [\d.]+, not 20$/u);
  await assert.rejects(place.add("python3.12", join(tree, "x")), /is no Python, not 3.12/u);
  await assert.rejects(
    place.add("provided.al2023", join(tree, "x")),
    /needs none: its functions bring their own bootstrap/u,
  );
});

/** A process that has a directory mounted, in a mount namespace of its own. */
async function mounting(directory: string): Promise<ChildProcess> {
  const script = 'mount --bind "$1" "$1" && echo mounted && exec cat';
  const child = spawn("unshare", ["--mount", "sh", "-c", script, "sh", directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}

test("a root that is replaced stays for as long as something runs on it", {
  skip: isRoot() ? false : "mounting needs root",
}, async () => {
  using place = aPlace();
  const tree = await place.tree([bootstrapEntry]);
  const first = await place.add("python3.12", tree);
  const user = await mounting(first.rootfs);
  const gone = () => readdirSync(place.directory).filter((it) => it.endsWith(".gone"));

  const second = await place.add("python3.12", tree);
  assert.equal(gone().length, 1);
  user.stdin?.end();
  await new Promise((resolve) => user.once("exit", resolve));
  assert.equal(await place.store.remove("python3.12"), true);

  assert.deepEqual(gone(), []);
  assert.ok(!existsSync(second.rootfs));
  assert.equal(await place.store.remove("python3.12"), false);
});

test("a running worker sees what is added and removed", { skip: lacking }, async () => {
  using place = aPlace();
  const { directory } = place;
  const sources = { baseImages: undefined, nearestRuntime: false, interpreters: [] };
  const roots = createRootFilesystems({ directory, ...sources });
  const before = await roots.prepare("python3.15");

  const root = await place.add("python3.15", await place.tree([bootstrapEntry]));
  const between = await roots.prepare("python3.15");
  await place.store.remove("python3.15");

  assert.equal(between.ready && between.rootfs, root.rootfs);
  assert.deepEqual(await roots.prepare("python3.15"), before);
});

test("verify finds a changed file, a missing mount point and an interpreter that no longer starts", {
  skip: asRoot,
}, async () => {
  using place = aPlace();
  const runtime = runtimeNamed("nodejs22.x");
  const root = await place.add("nodejs22.x", await place.tree([...busyboxEntries(), nodeEntry("22.1.0")]));
  assert.deepEqual(await verifyRoot(runtime, root), { findings: [], untried: undefined });

  rmSync(join(root.rootfs, "bin/sh"));
  rmSync(join(root.rootfs, "mnt"), { recursive: true });
  const { findings } = await verifyRoot(runtime, root);

  assert.equal(findings.length, 3);
  assert.match(findings[0] ?? "", /^\/mnt is no directory, and sandboxes mount there$/u);
  assert.match(findings[1] ?? "", /^it was changed: made with \d+ files of \d+ bytes, now \d+ of \d+$/u);
  assert.match(findings[2] ?? "", /^\/usr\/local\/bin\/node does not start: /u);
});

test("a runtime that is not here is fetched from the registry of base images, once", { skip: lacking }, async () => {
  using place = aPlace();
  await using registry = await aRegistry(image([bootstrapEntry]), { repository: "lambda/python", tag: "3.15" });
  const baseImages = `${registry.host}/lambda`;

  const prepared = await place.prepare("python3.15", { baseImages });
  const asked = registry.asked.length;
  const again = await place.prepare("python3.15", { baseImages });

  assert.equal(prepared.ready && prepared.start.kind, "own");
  assert.deepEqual(again, prepared);
  assert.equal(registry.asked.length, asked);
});

test("calls for one runtime at once share the work", { skip: lacking }, async () => {
  using place = aPlace();
  await using registry = await aRegistry(image([bootstrapEntry]), { repository: "lambda/python", tag: "3.15" });
  const roots = createRootFilesystems({
    directory: place.directory,
    baseImages: `${registry.host}/lambda`,
    nearestRuntime: false,
    interpreters: [],
  });

  const prepared = await Promise.all([roots.prepare("python3.15"), roots.prepare("python3.15")]);

  assert.deepEqual(prepared[0], prepared[1]);
  assert.equal(registry.asked.filter((it) => it.endsWith("/manifests/3.15")).length, 1);
});

test("a runtime that can't be had says why, at each of its sources, and how to add it", { skip: lacking }, async () => {
  using place = aPlace();
  await using registry = await aRegistry(image([]), { repository: "lambda/other" });

  assert.deepEqual(await place.prepare("python3.15"), {
    ready: false,
    reason:
      "python3.15 is not here: this machine has no Python 3.15; base images are off (HEARTH_BASE_IMAGES=never). Add it with: hearth runtimes add python3.15 --from IMAGE (or an OCI layout, a directory, an interpreter)",
  });
  const without = await place.prepare("python3.15", { baseImages: `${registry.host}/lambda` });
  assert.match(
    without.ready ? "" : without.reason,
    /no Python 3.15; 127.0.0.1:\d+\/lambda\/python:3.15: it has no such image \(404 for manifests\/3.15\)\. Add it with/u,
  );
});

test("with nearestRuntime on, the nearest version that is here stands in and a note says so", {
  skip: lacking,
}, async () => {
  using place = aPlace();
  await place.add("python3.14", await place.tree([bootstrapEntry]));

  const prepared = await place.prepare("python3.15", { nearestRuntime: true });

  assert.ok(prepared.ready);
  assert.match(prepared.rootfs, /python3.14-added-/u);
  assert.equal(
    prepared.note,
    "python3.15 is not on this machine: running on python3.14, the nearest that is (HEARTH_NEAREST_RUNTIME=on)",
  );
});

test("the nearest is by distance, then the newer, and never of another family", () => {
  const all = ["python3.9", "python3.11", "python3.13", "nodejs20.x"].map(runtimeNamed);
  const nearestTo = (name: string) => nearestRuntime(runtimeNamed(name), all)?.name;

  assert.equal(nearestTo("python3.15"), "python3.13");
  assert.equal(nearestTo("python3.12"), "python3.13");
  assert.equal(nearestTo("python3.10"), "python3.11");
  assert.equal(nearestTo("nodejs26.x"), "nodejs20.x");
  assert.equal(nearestTo("provided.al2"), undefined);
});

test("base images are named as AWS names them", () => {
  assert.equal(baseImageOf("public.ecr.aws/lambda", runtimeNamed("nodejs22.x")), "public.ecr.aws/lambda/nodejs:22");
  assert.equal(baseImageOf("mirror/x/", runtimeNamed("python3.13")), "mirror/x/python:3.13");
  assert.equal(baseImageOf("m", runtimeNamed("provided.al2023")), "m/provided:al2023");
});
