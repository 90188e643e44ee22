// ES modules don't ask NODE_PATH, by which layers are found, and what the runtime itself has (the SDK) is found before it:
// with layers, names are looked for in them too, and before the runtime's own, as on AWS from Node.js 18 on.
// Not imported: as an ES module, a built-in is loaded with all that it would otherwise load only when used.
const { existsSync, realpathSync } = process.getBuiltinModule("node:fs");
const { dirname, join, sep } = process.getBuiltinModule("node:path");
const { fileURLToPath, pathToFileURL } = process.getBuiltinModule("node:url");

/** As if a file there asked: from there on up are a layer's modules for this version of Node.js, then those for all. */
let parentURL;
/** Directories of the runtime's own modules. */
let ownPlaces = [];

const isName = (specifier) => !/^(?:[./#]|[a-z][a-z0-9+.-]*:)/i.test(specifier);

function isOwn(url) {
  if (url?.startsWith("file:") !== true) return false;
  const path = fileURLToPath(url);
  return ownPlaces.some((place) => path.startsWith(place + sep));
}

/** Node.js's hook, for loaders that wait for nothing. */
function resolveAtOnce(specifier, context, next) {
  if (!isName(specifier) || isOwn(context.parentURL)) return next(specifier, context);
  let found;
  let failure;
  try {
    found = next(specifier, context);
  } catch (error) {
    failure = error;
  }
  if (found !== undefined && !isOwn(found.url)) return found;
  try {
    return next(specifier, { ...context, parentURL });
  } catch {
    if (found === undefined) throw failure;
    return found;
  }
}

/** The same for Node.js 20, whose hooks run in a thread of their own, in which this file is loaded anew. */
export function initialize(given) {
  ({ parentURL, ownPlaces } = given);
}
export async function resolve(specifier, context, next) {
  if (!isName(specifier) || isOwn(context.parentURL)) return await next(specifier, context);
  const found = await next(specifier, context).catch((failure) => ({ failure }));
  if (found.failure === undefined && !isOwn(found.url)) return found;
  const inLayers = await next(specifier, { ...context, parentURL }).catch(() => undefined);
  if (inLayers !== undefined) return inLayers;
  if (found.failure !== undefined) throw found.failure;
  return found;
}

/** CommonJS asks NODE_PATH, where layers come before the runtime; what is above the package would come before both. */
function keepFromAbove(module, directory) {
  const pathsOf = module._nodeModulePaths;
  module._nodeModulePaths = (from) => pathsOf(from).filter((it) => it !== directory);
}

/** To be called before the function's first module is loaded. Does nothing where no layer has modules. */
export function useLayerModules() {
  const [first = ""] = (process.env.NODE_PATH ?? "").split(":");
  const [, directory, version] = /^(.*\/nodejs)\/(node\d+)\/node_modules$/.exec(first) ?? [];
  if (directory === undefined || !existsSync(directory)) return;
  parentURL = pathToFileURL(join(directory, version, "layer.mjs")).href;
  const runtime = dirname(fileURLToPath(import.meta.url));
  const modules = join(runtime, "node_modules");
  ownPlaces = existsSync(modules) ? [runtime, realpathSync(modules)] : [runtime];
  const module = process.getBuiltinModule("node:module");
  keepFromAbove(module, join(dirname(process.env.LAMBDA_TASK_ROOT), "node_modules"));
  if (module.registerHooks === undefined) module.register(import.meta.url, { data: { parentURL, ownPlaces } });
  else module.registerHooks({ resolve: resolveAtOnce });
}
