// What a sandbox is launched with, for tests: defaults that state nothing.
import type { Launch } from "./sandbox-driver.ts";

/** A launch of nothing in particular. */
export function aLaunch(more: Partial<Launch> = {}): Launch {
  return {
    codeDirectory: "/c",
    compiledDirectory: undefined,
    optDirectory: undefined,
    runtimeDirectory: "/r",
    commands: [["/bin/node"]],
    environment: {},
    extensions: [],
    extensionEnvironment: {},
    ...more,
  };
}
