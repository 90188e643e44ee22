// Ends what runs in control groups, and removes them: of one sandbox, or of a worker that is gone.
import type { Clock } from "../../../foundation/clock.ts";
import { sleep } from "../../../foundation/clock.ts";
import { type EnvironmentCgroup, environmentCgroup, type Hierarchy, listCgroups } from "../../cgroups/cgroups.ts";

/** Ten seconds and more: a busy machine takes long to end what was killed. */
const TRIES_MAX = 5_000;
const TRY_EVERY_MS = 2;

/** Waits, bounded, for the kernel to end what was killed. */
export async function killAndRemove(cgroup: EnvironmentCgroup, clock: Clock): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (cgroup.kill() && cgroup.remove()) return;
    await sleep(clock, TRY_EVERY_MS);
  }
}

/** Kills and removes the cgroups under `parent`, and with them the sandboxes that live there. */
export async function removeLeftovers(hierarchy: Hierarchy, parent: string, clock: Clock): Promise<void> {
  for (const name of listCgroups(hierarchy, parent)) {
    await killAndRemove(environmentCgroup(hierarchy, `${parent}/${name}`), clock);
  }
}
