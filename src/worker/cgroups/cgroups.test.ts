// Control groups against file trees of the machines' shapes: what this machine can't run is shown on files.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cpuQuotaUs, environmentCgroup, findHierarchy } from "./cgroups.ts";

function aTree(files: Readonly<Record<string, string>>): { root: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), "hearth-cgroups-"));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

test("1,769 MB earn one vCPU, half of it half, and no size earns less than the kernel takes", () => {
  assert.deepEqual([1769, 885, 10_240, 128].map(cpuQuotaUs), [20_000, 10_006, 115_772, 1_447]);
});

test("a unified tree is version 2: quota, freezer, peak and kills stand in one folder", () => {
  using tree = aTree({
    "cgroup.controllers": "cpu memory pids",
    "hearth/e/cpu.max": "",
    "hearth/e/cgroup.freeze": "0",
    "hearth/e/memory.peak": "1048576\n",
    "hearth/e/memory.events": "low 0\noom 1\noom_kill 2\n",
  });
  const hierarchy = findHierarchy(tree.root);
  assert.ok(hierarchy?.version === 2);
  const cgroup = environmentCgroup(hierarchy, "/hearth/e");

  cgroup.setCpuQuota(1769);
  cgroup.freeze();

  assert.equal(readFileSync(join(tree.root, "hearth/e/cpu.max"), "utf8"), "20000 20000");
  assert.equal(readFileSync(join(tree.root, "hearth/e/cgroup.freeze"), "utf8"), "1");
  assert.deepEqual([cgroup.peakMemoryBytes(), cgroup.outOfMemoryKills()], [1_048_576, 2]);
  cgroup.setCpuQuota(undefined);
  assert.equal(readFileSync(join(tree.root, "hearth/e/cpu.max"), "utf8"), "max 20000");
});

test("a hybrid tree is version 1: each controller has its own folder", () => {
  using tree = aTree({
    "cpu/hearth/e/cpu.cfs_quota_us": "",
    "cpu/hearth/e/cpu.cfs_period_us": "",
    "freezer/hearth/e/freezer.state": "THAWED",
    "memory/hearth/e/memory.max_usage_in_bytes": "2097152\n",
    "memory/hearth/e/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
    "unified/cgroup.controllers": "",
  });
  const hierarchy = findHierarchy(tree.root);
  assert.ok(hierarchy?.version === 1);
  const cgroup = environmentCgroup(hierarchy, "/hearth/e");

  cgroup.setCpuQuota(885);
  cgroup.freeze();

  assert.equal(readFileSync(join(tree.root, "cpu/hearth/e/cpu.cfs_quota_us"), "utf8"), "10006");
  assert.equal(readFileSync(join(tree.root, "freezer/hearth/e/freezer.state"), "utf8"), "FROZEN");
  assert.deepEqual([cgroup.peakMemoryBytes(), cgroup.outOfMemoryKills()], [2_097_152, 1]);
});
