// What the bootstrap starts Java with, shown by a Java that says its arguments, and how a package's archive is handed over.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

interface Started {
  readonly version?: string;
  readonly memory?: string;
  readonly archive?: boolean;
  readonly wrapper?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The arguments, one a line, of a Java of that version in a function of that memory size. */
function started(options: Started): string {
  const directory = mkdtempSync(join(tmpdir(), "hearth-java-"));
  try {
    mkdirSync(join(directory, "jvm/bin"), { recursive: true });
    mkdirSync(join(directory, "lib"));
    writeFileSync(join(directory, "jvm/release"), `JAVA_VERSION="${options.version ?? "17.0.1"}"\n`);
    writeFileSync(join(directory, "jvm/bin/java"), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    writeFileSync(join(directory, "wrap"), '#!/bin/sh\necho wrapped\nexec "$@"\n', { mode: 0o755 });
    for (const name of ["lib/a.jar", "lib/b.jar"]) writeFileSync(join(directory, name), "");
    if (options.archive === true) writeFileSync(join(directory, "runtime.jsa"), "");
    cpSync(fileURLToPath(new URL("bootstrap", import.meta.url)), join(directory, "bootstrap"));
    const env = {
      PATH: "/usr/bin:/bin",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: options.memory ?? "512",
      _HANDLER: "a.B::c",
      ...options.variables,
      ...(options.wrapper === true ? { AWS_LAMBDA_EXEC_WRAPPER: join(directory, "wrap") } : {}),
    };
    const said = execFileSync(join(directory, "bootstrap"), { env, encoding: "utf8" });
    return said.replaceAll(directory, "AT");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("the heap is 85 % of the memory, as AWS's bootstrap has it", () => {
  assert.match(started({ memory: "512" }), /^-XX:MaxHeapSize=445645k$/mu);
  assert.match(started({ memory: "128" }), /^-XX:MaxHeapSize=111411k$/mu);
});

test("AWS's client is given the handler, on the class path that the runtime has", () => {
  const last =
    "\n-classpath\nAT/lib/a.jar:AT/lib/b.jar\ncom.amazonaws.services.lambda.runtime.api.client.AWSLambda\na.B::c\n";

  assert.ok(started({}).endsWith(last));
});

test("the archive of classes is used where there is one, and native libraries are announced to Javas that ask for it", () => {
  assert.doesNotMatch(started({}), /SharedArchiveFile|native/u);
  assert.match(started({ archive: true }), /^-XX:SharedArchiveFile=AT\/runtime\.jsa$/mu);
  assert.match(started({ version: "25.0.3" }), /^--enable-native-access=ALL-UNNAMED$/mu);
});

test("a wrapper gets the whole command line", () => {
  assert.match(started({ wrapper: true }), /^wrapped\n-XX:MaxHeapSize=/u);
});

test("a training run writes an archive and a list, and an archive of a list is made without running anything", () => {
  const trained = started({ archive: true, variables: { HEARTH_ARCHIVE_TO: "/x/a" } });
  const dumped = started({ archive: true, variables: { HEARTH_ARCHIVE_OF: "/x/list", HEARTH_ARCHIVE_TO: "/x/a" } });

  assert.match(trained, /^-XX:ArchiveClassesAtExit=\/x\/a$/mu);
  assert.match(trained, /^-XX:DumpLoadedClassList=\/x\/a\.classes$/mu);
  assert.match(dumped, /^-Xshare:dump\n-XX:SharedClassListFile=\/x\/list\n-XX:SharedArchiveFile=\/x\/a$/mu);
  assert.doesNotMatch(dumped, /AtExit|runtime\.jsa/u);
});

/** What comes out of descriptor 5 when a bootstrap of that text is told to make a package's archive. */
function handedOver(bootstrap: string): { readonly code: number | null; readonly bytes: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), "hearth-java-"));
  try {
    cpSync(fileURLToPath(new URL("archive-package", import.meta.url)), join(directory, "archive-package"));
    writeFileSync(join(directory, "bootstrap"), `#!/bin/sh\n${bootstrap}\n`, { mode: 0o755 });
    const { status, output } = spawnSync(join(directory, "archive-package"), {
      env: { PATH: "/usr/bin:/bin", TMPDIR: directory },
      stdio: ["ignore", "ignore", "ignore", "ignore", "ignore", "pipe"],
    });
    return { code: status, bytes: Buffer.from(output[5] ?? "") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a package's archive is handed over with its name and length, and the sandbox's memory is not all for the heap", () => {
  const { code, bytes } = handedOver(
    '[ "$AWS_LAMBDA_FUNCTION_MEMORY_SIZE" = 512 ] && head -c 70000 /dev/zero >"$HEARTH_ARCHIVE_TO"',
  );

  assert.equal(code, 0);
  assert.deepEqual([bytes.readUInt32BE(0), bytes.readUInt32BE(4)], [11, 70_000]);
  assert.equal(bytes.toString("utf8", 8, 19), "package.jsa");
  assert.equal(bytes.length, 19 + 70_000);
});

test("of a Java that fails nothing is handed over", () => {
  const { code, bytes } = handedOver('echo half >"$HEARTH_ARCHIVE_TO"; exit 1');

  assert.notEqual(code, 0);
  assert.equal(bytes.length, 0);
});
