// Uses what was compiled of the function's package when it was published, where the platform shows it.
// Not imported: as an ES module, a built-in is loaded with all that it would otherwise load only when used.
const { existsSync } = process.getBuiltinModule("node:fs");

const COMPILED = "/var/rapid/compiled/js";

/** To be called before the function's first module is loaded. */
export function useCompileCache() {
  if (existsSync(COMPILED)) process.getBuiltinModule("node:module").enableCompileCache?.(COMPILED);
}
