// Says what is wrong with a root: files that changed or are missing, an outdated client, an interpreter that does not start.
import { lstatSync } from "node:fs";
import { isRoot } from "../../foundation/host.ts";
import type { Runtime } from "../../model/runtimes.ts";
import { clientHash } from "./client.ts";
import { inside } from "./inside.ts";
import { takeInventory } from "./inventory.ts";
import { findStart, interpreterFault, MOUNT_POINTS } from "./root-contents.ts";
import type { StoredRoot } from "./root-record.ts";

/** What came of it. */
export interface Verification {
  /** Each says what is wrong and what to do; none: it is fine. */
  readonly findings: readonly string[];
  /** What could not be tried; undefined: everything was. */
  readonly untried: string | undefined;
}

/** Looks through a root and starts its interpreter. */
export async function verifyRoot(runtime: Runtime, { rootfs, record }: StoredRoot): Promise<Verification> {
  const findings: string[] = [];
  for (const path of MOUNT_POINTS)
    if (lstatSync(inside(rootfs, path), { throwIfNoEntry: false })?.isDirectory() !== true)
      findings.push(`/${path} is no directory, and sandboxes mount there`);
  const now = await takeInventory(rootfs);
  const { inventory } = record;
  if (now.sha256 !== inventory.sha256) {
    const was = `${inventory.files} files of ${inventory.bytes} bytes`;
    findings.push(`it was changed: made with ${was}, now ${now.files} of ${now.bytes}`);
  }
  const { start } = record;
  if ((start.kind === "nodejs" || start.kind === "python") && record.client !== clientHash(start.kind))
    findings.push("its runtime client is of another version of Hearth");
  const found = findStart(rootfs, runtime);
  if (found === undefined) findings.push("it has nothing that could start the runtime");
  const interpreter = found?.interpreter;
  const fault = interpreter === undefined ? undefined : await interpreterFault(rootfs, runtime, interpreter);
  if (fault !== undefined) findings.push(fault);
  const untried = interpreter !== undefined && !isRoot() ? "starting its interpreter needs root" : undefined;
  return { findings, untried };
}
