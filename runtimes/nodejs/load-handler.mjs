// Finds the function that `_HANDLER` names: `index.handler`, `src/app.nested.handler`; CommonJS or ES module.
import { RuntimeError, syntaxError } from "./errors.mjs";
import { isStreaming } from "./streaming.mjs";

// Not imported: as an ES module, a built-in is loaded with all that it would otherwise load only when used.
const { existsSync, readFileSync } = process.getBuiltinModule("node:fs");
const { createRequire } = process.getBuiltinModule("node:module");
const { basename, dirname, join, resolve } = process.getBuiltinModule("node:path");
const { pathToFileURL } = process.getBuiltinModule("node:url");

const NODE_MAJOR = Number(process.versions.node.split(".")[0]);
/** Up to Node 22, AWS loads CommonJS by `require` and passes callbacks; from Node 24 on it does neither. */
export const isLegacy = NODE_MAJOR < 24;
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
// As if index.mjs required it: its name is what messages about missing modules show.
const require = createRequire(new URL("./index.mjs", import.meta.url));

/** `src/app.nested.handler` → the module's directory and name, and the export's path. */
function parse(handler) {
  if (handler.includes("..")) {
    throw new RuntimeError(
      "Runtime.MalformedHandlerName",
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const name = basename(handler);
  const found = /^([^.]*)\.(.*)$/.exec(name);
  if (found === null) throw new RuntimeError("Runtime.MalformedHandlerName", "Bad handler");
  return { directory: handler.slice(0, handler.indexOf(name)), module: found[1], path: found[2] };
}

/** Whether the nearest package.json says that `.js` files are ES modules. */
export function isModulePackage(directory) {
  if (directory.endsWith("/node_modules")) return false;
  const file = join(directory, "package.json");
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, "utf8")).type === "module";
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return directory === "/" ? false : isModulePackage(dirname(directory));
}

/** The bare file first, then by extension; undefined where there is none. */
function findFile(root, { directory, module }) {
  const bare = resolve(root, directory, module);
  const extension = ["", ".js", ".mjs", ".cjs"].find((it) => existsSync(bare + it));
  return extension === undefined ? undefined : { path: bare + extension, extension };
}

/** The file that a handler's name leads to; undefined where there is none. */
export function entryOf(root, handler) {
  try {
    return findFile(root, parse(handler))?.path;
  } catch {
    return undefined;
  }
}

/** By its file, and at last as a package's name. */
async function loadModule(root, parsed) {
  const { directory, module } = parsed;
  const file = findFile(root, parsed);
  if (file === undefined) return require(require.resolve(module, { paths: [root, join(root, directory)] }));
  const isModule = file.extension === ".mjs" || (file.extension === ".js" && isModulePackage(dirname(file.path)));
  return isLegacy && !isModule ? require(file.path) : await import(pathToFileURL(file.path).href);
}

const find = (path, module) => path.split(".").reduce((value, name) => value?.[name], module);

function handlerIn(module, path, handler) {
  // A CommonJS module comes as the default export; names that its analysis missed are found there.
  const found = find(path, module) || (isLegacy ? undefined : find(path, module?.default));
  if (!found) throw new RuntimeError("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof found !== "function") throw new RuntimeError("Runtime.HandlerNotFound", `${handler} is not a function`);
  return found;
}

/** Throws a RuntimeError for what can't be found or read; errors of the module's own code pass through. */
export async function loadHandler(root, handler) {
  const parsed = parse(handler);
  let module;
  try {
    module = await loadModule(root, parsed);
  } catch (error) {
    if (error instanceof SyntaxError) throw syntaxError(error);
    // AWS leaves what an ES module can't import as the error that it is.
    if (error?.code === "MODULE_NOT_FOUND")
      throw new RuntimeError("Runtime.ImportModuleError", `${error.name}: ${error.message}`);
    throw error;
  }
  const found = handlerIn(module, parsed.path, handler);
  if (!isStreaming(found) && !isLegacy && found.length >= 3)
    throw new RuntimeError("Runtime.CallbackHandlerDeprecated", NO_CALLBACKS);
  return found;
}
