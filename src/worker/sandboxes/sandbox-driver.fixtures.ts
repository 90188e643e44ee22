// What a sandbox is launched with, for tests: defaults that state nothing.
import type { Launch } from "./sandbox-driver.ts";

/** A launch of nothing in particular. */
export function aLaunch(more: Partial<Launch> = {}): Launch {
  return {
    codeDirectory: "/c",
    compiledDirectory: undefined,
    layersDirectory: undefined,
    runtimeDirectory: "/r",
    commands: [["/bin/node"]],
    wrapper: undefined,
    environment: {},
    extensions: [],
    extensionEnvironment: {},
    ...more,
  };
}
