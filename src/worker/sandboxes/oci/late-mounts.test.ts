// What stands at a sandbox's places before anything is shown there, and after. Mounts, so it takes root.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createLateMounts, type LateMounts } from "./late-mounts.ts";
import { probeOci } from "./probe-oci.ts";

const skip = (await probeOci()).available ? false : "sandboxes can't be made here";

/** The places of a sandbox whose root has these files in /opt. */
function somePlaces(
  isBootable: boolean,
  ownOpt: readonly string[] = [],
): { late: LateMounts; layers: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), "hearth-late-"));
  for (const name of ["root/opt", "layers/lib", "bundle"]) mkdirSync(join(directory, name), { recursive: true });
  for (const name of ownOpt) writeFileSync(join(directory, "root/opt", name), name);
  writeFileSync(join(directory, "layers/lib/a.so"), "a");
  const late = createLateMounts(join(directory, "bundle"), { rootfs: join(directory, "root"), isBootable });
  return {
    late,
    layers: join(directory, "layers"),
    [Symbol.dispose]() {
      late[Symbol.dispose]();
      rmSync(directory, { recursive: true });
    },
  };
}

test("a runtime that boots ahead finds directories for libraries, and its function what belongs there", {
  skip,
}, () => {
  using of = somePlaces(true);
  const [opt, task] = [of.late.directoryOf("opt"), of.late.directoryOf("task")];
  assert.deepEqual([readdirSync(opt), readdirSync(task)], [["lib"], ["lib"]]);

  of.late.show("opt", of.layers);

  assert.equal(readFileSync(join(opt, "lib/a.so"), "utf8"), "a");
});

test("without layers /opt is empty when the function is known, as where nothing boots ahead", { skip }, () => {
  using ahead = somePlaces(true);
  using fresh = somePlaces(false);
  for (const { late } of [ahead, fresh]) {
    late.leaveOptEmpty();
    assert.deepEqual(readdirSync(late.directoryOf("opt")), []);
  }
});

test("what a root brings in /opt is there until layers are, and stays where there are none", { skip }, () => {
  using of = somePlaces(true, ["program"]);
  using without = somePlaces(true, ["program"]);
  assert.deepEqual(readdirSync(of.late.directoryOf("opt")), ["program"]);

  of.late.show("opt", of.layers);
  without.late.leaveOptEmpty();

  assert.deepEqual(readdirSync(of.late.directoryOf("opt")), ["lib"]);
  assert.deepEqual(readdirSync(without.late.directoryOf("opt")), ["program"]);
});
