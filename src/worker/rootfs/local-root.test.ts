// Roots made of interpreters that this machine's system lacks: another system in a directory, the home of a Java.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isRoot } from "../../foundation/host.ts";
import { aTar, type TarEntry } from "./images/images.fixtures.ts";
import { unpackLayer } from "./images/unpack-layer.ts";
import { findJava } from "./java-runtime.ts";
import { createRootFilesystems, type Prepared } from "./rootfs.ts";
import { busybox, busyboxEntries } from "./rootfs.fixtures.ts";
import { findRuby } from "./ruby-runtime.ts";

interface Place extends Disposable {
  readonly directory: string;
  /** A system's directory, which every user may look into. */
  system(entries: readonly TarEntry[]): Promise<string>;
}

function aPlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), "hearth-interpreters-"));
  return {
    directory,
    async system(entries) {
      const system = join(directory, "system");
      mkdirSync(system);
      writeFileSync(join(directory, "tar"), aTar(entries));
      await unpackLayer(join(directory, "tar"), system, { bytesLeft: 1 << 30, entriesLeft: 1000 });
      return system;
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

const program = (path: string, line: string): TarEntry => ({ path, content: `#!/bin/sh\n${line}\n`, mode: 0o755 });
const answer = { version: "4.0", binary: "/usr/bin/ruby4.0", libraries: ["/usr/lib/ruby"] };
const ruby: readonly TarEntry[] = [
  program("usr/bin/ruby4.0", `echo '${JSON.stringify(answer)}'`),
  { path: "usr/lib/ruby/json.rb", content: "# theirs" },
];
/** A C library by a link that counts from the system's root, as some distributions have theirs. */
const library: readonly TarEntry[] = [
  program("usr/bin/ldd", "echo '	libc.so.6 => /lib/libc.so.6 (0x00007f0000000000)'"),
  { path: "lib/libc-2.41.so", content: "theirs" },
  { path: "lib/libc.so.6", type: "SymbolicLink", linkpath: "/lib/libc-2.41.so" },
];

async function prepareRuby(directory: string, system: string): Promise<Prepared> {
  const sources = { baseImages: undefined, nearestRuntime: false, interpreters: [system] };
  return await createRootFilesystems({ directory: join(directory, "runtimes"), ...sources }).prepare("ruby4.0");
}

const noBusybox = busybox() === undefined ? "there is no static busybox" : undefined;
const isThere = (await findRuby("4.0", [])) !== undefined;
const noNeed = isThere ? "this machine has Ruby 4.0, which the test wants missing" : undefined;
const skip = noBusybox ?? noNeed ?? (isRoot() ? false : "only root can start a program of another system");

test("a Ruby of another system runs in a root of that system's files, C library and tools", { skip }, async () => {
  using place = aPlace();
  const system = await place.system([...busyboxEntries(), ...ruby, ...library]);

  const prepared = await prepareRuby(place.directory, system);

  assert.ok(prepared.ready, prepared.ready ? "" : prepared.reason);
  const { rootfs } = prepared;
  assert.deepEqual(prepared.start, { kind: "own", bootstrap: "/var/runtime/bootstrap" });
  assert.equal(readFileSync(join(rootfs, "lib/libc.so.6"), "utf8"), "theirs");
  assert.equal(readFileSync(join(rootfs, "usr/lib/ruby/json.rb"), "utf8"), "# theirs");
  assert.deepEqual(
    ["usr/bin/sh", "var/lang/bin/ruby", "usr/bin/grep"].map((it) => existsSync(join(rootfs, it))),
    [true, true, false],
  );
});

test("a system that can't tell a program's libraries makes no root, and the reason says what it lacks", {
  skip,
}, async () => {
  using place = aPlace();
  const system = await place.system([...busyboxEntries(), ...ruby]);

  const prepared = await prepareRuby(place.directory, system);

  const reason = `ruby4.0 is not here: ${system} has no ldd, so no root can be made of it;`;
  assert.equal(prepared.ready ? "" : prepared.reason.slice(0, reason.length), reason);
});

test("a Java is found by its home among the interpreters, by its own version alone", async () => {
  using place = aPlace();
  // A version that no machine has.
  const home = join(place.directory, "java");
  mkdirSync(join(home, "bin"), { recursive: true });
  writeFileSync(join(home, "bin/java"), "");
  writeFileSync(join(home, "release"), 'JAVA_VERSION="999.0.8"\n');

  assert.deepEqual(await findJava("999", [place.directory, home]), { version: "999", home });
  assert.equal(await findJava("998", [home]), undefined);
});
