// The Python of this machine, for tests.
import type { Runtime } from "@aws-sdk/client-lambda";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";

/** The Python that this machine has, as a runtime's name and version; undefined where it has none. */
export async function hostPython(): Promise<{ readonly runtime: Runtime; readonly version: string } | undefined> {
  for (const minor of ["14", "13", "12", "11", "10", "9"]) {
    const version = `3.${minor}`;
    if ((await findPython(version)) !== undefined) return { runtime: `python${version}` as Runtime, version };
  }
  return undefined;
}
