// Which driver a machine gets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseDriver } from "./choose-driver.ts";

const there = { available: true, description: "runc" } as const;
const lacking = { available: false, missing: "runc", fix: "install the package runc" } as const;

test("the strongest that the machine can run is taken; plain processes say that they isolate nothing, and why they are", () => {
  assert.deepEqual(chooseDriver("auto", there), { driver: "oci", isolation: "runc", warning: undefined });
  const processes = chooseDriver("auto", lacking);
  assert.equal(processes.driver, "process");
  assert.match(
    processes.driver === "process" ? (processes.warning ?? "") : "",
    /no isolation.*since sandboxes can't run here \(runc is missing; install the package runc\)$/u,
  );
  assert.equal(chooseDriver("process", there).driver, "process");
});

test("a driver that was asked for and can't run is no driver, with the fix", () => {
  assert.deepEqual(chooseDriver("oci", lacking), {
    driver: "none",
    reason: "the oci driver can't run here: runc is missing; install the package runc",
  });
});
