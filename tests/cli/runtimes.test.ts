// `hearth runtimes` as a shell sees it, in a directory of its own: output and exit codes.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { anImage, writeLayout } from "../../src/worker/rootfs/images/images.fixtures.ts";
import { bootstrapEntry } from "../../src/worker/rootfs/rootfs.fixtures.ts";

const hearth = fileURLToPath(new URL("../../bin/hearth", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "hearth-runtimes-"));
after(() => rmSync(place, { recursive: true }));
const layout = join(place, "layout");
mkdirSync(layout);
writeLayout(anImage({ architecture: process.arch, layers: [[bootstrapEntry]] }), layout);

function runtimes(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    ...process.env,
    HEARTH_NODE: process.execPath,
    HEARTH_RUNTIMES: join(place, "runtimes"),
    HEARTH_BASE_IMAGES: "never",
  };
  return new Promise((resolve) => {
    execFile("sh", [hearth, "runtimes", ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

const statusOf = async (name: string): Promise<Record<string, unknown> | undefined> => {
  const all = JSON.parse((await runtimes("--json")).stdout) as Record<string, unknown>[];
  return all.find((it) => it["name"] === name);
};

test("a runtime is added from a layout, listed, verified and removed", async () => {
  const added = await runtimes("add", "python3.14", "--from", layout);
  assert.deepEqual(
    [added.code, added.stdout],
    [0, `python3.14: 1 MiB from ${layout}. New environments start on it.\n`],
  );

  const bytes = Buffer.byteLength(bootstrapEntry.content ?? "");
  assert.deepEqual(await statusOf("python3.14"), { name: "python3.14", state: "added", source: layout, bytes });
  assert.deepEqual(await runtimes("verify", "python3.14"), { code: 0, stdout: "python3.14: fine\n", stderr: "" });
  assert.equal((await runtimes("remove", "python3.14")).stdout, "python3.14 is removed.\n");

  const again = await runtimes("remove", "python3.14");
  assert.deepEqual([again.code, again.stdout], [1, "python3.14 is not there.\n"]);
  assert.notEqual((await statusOf("python3.14"))?.["state"], "added");
});

test("what is not built yet is listed with what it would be made of", async () => {
  assert.deepEqual(await statusOf("provided.al2023"), {
    name: "provided.al2023",
    state: "buildable",
    source: "this machine's tools",
  });
  assert.match((await runtimes("--base-images", "mirror.example/lambda")).stdout, /^nodejs22.x +buildable/mu);
});

test("verify names a runtime that is not there, and how to build it", async () => {
  const { code, stdout } = await runtimes("verify", "nodejs20.x");

  assert.equal(code, 1);
  assert.match(stdout, /^nodejs20.x: it is not there; hearth runtimes add nodejs20.x builds it$/mu);
});

test("an add that can't be done says why and changes nothing", async () => {
  const { code, stderr } = await runtimes("add", "nodejs22.x", "--from", "/nowhere");

  assert.deepEqual([code, stderr], [1, "hearth: there is no /nowhere\n"]);
});

test("an action or a runtime that does not exist is a wrong call", async () => {
  assert.equal((await runtimes("dance")).code, 2);
  assert.equal((await runtimes("add")).code, 2);
  const dotnet = await runtimes("add", "dotnet10");
  assert.equal(dotnet.code, 2);
  assert.match(dotnet.stderr, /^hearth: dotnet10: Hearth can't run it yet; there are nodejs26.x, /u);
});
