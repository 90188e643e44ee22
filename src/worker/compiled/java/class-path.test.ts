import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type Zippable, zipSync } from "fflate";
import { type ClassPath, jarBytes, openClassPath } from "./class-path.ts";

const jar = (files: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])) as Zippable);

/** The path of a package with these files. */
async function pathOf(directory: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<ClassPath> {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return await openClassPath({
    directories: [{ here: directory, seenAt: "/var/task/" }],
    jarDirectories: [{ below: directory, directory: "lib", seenAt: "/var/task/lib" }],
  });
}

test("classes come from the package and the jars beside it, in the order in which AWS's client looks", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-java-"));
  using path = await pathOf(temporary.path, {
    "app/Hello.class": "of the package",
    "lib/b.jar": jar({ "lib/B.class": "of b", "app/Hello.class": "hidden" }),
    "lib/a.jar": jar({ "lib/A.class": "of a", "module-info.class": "", "META-INF/versions/21/lib/A.class": "newer" }),
  });

  const found = path.sources.map(({ seenAt, classes }) => [seenAt, ...classes]);

  assert.deepEqual(found, [
    ["/var/task/", "app/Hello"],
    ["/var/task/lib/a.jar", "lib/A"],
    ["/var/task/lib/b.jar", "lib/B", "app/Hello"],
  ]);
  assert.equal((await path.sources[1]?.read("lib/A"))?.toString(), "of a");
  assert.equal(await path.sources[1]?.read("lib/B"), undefined);
});

test("implementations of services are told, in directories and jars", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-java-"));
  using path = await pathOf(temporary.path, {
    "META-INF/services/a.Service": "# which\napp.First # the first\n\n",
    "lib/a.jar": jar({ "META-INF/services/a.Service": "lib.Second\n" }),
  });

  assert.deepEqual(
    path.sources.map((it) => it.implementations),
    [["app/First"], ["lib/Second"]],
  );
});

test("nothing is read that was not listed, nor through links, nor of what is too large to be a class", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-java-"));
  writeFileSync(join(temporary.path, "outside.class"), "secret");
  mkdirSync(join(temporary.path, "package/app"), { recursive: true });
  symlinkSync("../../outside.class", join(temporary.path, "package/app/Link.class"));
  const large = "x".repeat((1 << 20) + 1);
  using path = await pathOf(join(temporary.path, "package"), {
    "app/Large.class": large,
    "lib/a.jar": jar({ "lib/Large.class": large }),
  });

  for (const source of path.sources)
    for (const name of ["../outside", "app/Link", "app/Large", "lib/Large"])
      assert.equal(await source.read(name), undefined, name);
});

test("what is called a jar and is none is passed over, and a package needs none", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-java-"));
  using path = await pathOf(temporary.path, { "lib/a.jar": "no zip" });

  assert.deepEqual(
    path.sources.map((it) => it.seenAt),
    ["/var/task/"],
  );
});

test("a directory of jars that is a link is none", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-java-"));
  using _outside = await pathOf(join(temporary.path, "outside"), { "lib/a.jar": jar({ "lib/A.class": "of another" }) });
  mkdirSync(join(temporary.path, "package"));
  symlinkSync("../outside/lib", join(temporary.path, "package/lib"));
  assert.notEqual(await jarBytes(join(temporary.path, "outside"), "lib"), 0);
  assert.equal(await jarBytes(join(temporary.path, "package"), "lib"), 0);
  assert.equal(await jarBytes(join(temporary.path, "outside"), "none"), 0);
  using path = await pathOf(join(temporary.path, "package"), {});

  assert.deepEqual(
    path.sources.map((it) => it.seenAt),
    ["/var/task/"],
  );
});
