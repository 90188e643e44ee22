// What the bootstrap starts Java with, shown by a Java that says its arguments.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** The arguments, one a line, of a Java of that version in a function of that memory size. */
function started(options: { version?: string; memory?: string; archive?: boolean; wrapper?: boolean }): string {
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
