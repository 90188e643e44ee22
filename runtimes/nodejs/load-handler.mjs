// Finds the function that `_HANDLER` names: `index.handler`, `src/app.nested.handler`; CommonJS or ES module.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InitError } from "./errors.mjs";

/** `src/app.nested.handler` → the file's path without extension, and the export's path. */
function parse(handler) {
  const found = /^([^.]*)\.(.*)$/.exec(basename(handler));
  if (found === null || handler.includes("..")) {
    throw new InitError(
      handler.includes("..") ? "Runtime.MalformedHandlerName" : "Runtime.MalformedHandlerName",
      handler.includes("..")
        ? `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`
        : "Bad handler",
    );
  }
  return { file: join(dirname(handler), found[1]), names: found[2].split(".") };
}

/** The bare file is taken for CommonJS, as AWS does; then by extension. */
async function loadModule(root, file) {
  const path = resolve(root, file);
  const require = createRequire(join(root, "noop.js"));
  if (existsSync(path) && !existsSync(`${path}.js`) && !existsSync(`${path}.mjs`) && !existsSync(`${path}.cjs`))
    return require(path);
  for (const extension of [".js", ".mjs", ".cjs"]) {
    if (!existsSync(path + extension)) continue;
    return extension === ".cjs" ? require(path + extension) : await import(pathToFileURL(path + extension).href);
  }
  return require(require.resolve(file, { paths: [root, ...(process.env.NODE_PATH ?? "").split(":")] }));
}

function handlerIn(module, names, handler) {
  // A CommonJS module comes as the default export; names that its analysis missed are found there.
  for (const root of [module, module?.default]) {
    const found = names.reduce((value, name) => value?.[name], root);
    if (found === undefined) continue;
    if (typeof found !== "function") throw new InitError("Runtime.HandlerNotFound", `${handler} is not a function`);
    return found;
  }
  throw new InitError("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
}

/** Throws an InitError with AWS's type for what can't be found or read; errors of the module's own code pass through. */
export async function loadHandler(root, handler) {
  const { file, names } = parse(handler);
  let module;
  try {
    module = await loadModule(root, file);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InitError("Runtime.UserCodeSyntaxError", String(error), error);
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
      throw new InitError("Runtime.ImportModuleError", `${error.name}: ${error.message}`, error);
    }
    throw error;
  }
  return handlerIn(module, names, handler);
}
