// Compiles a package without running a line of it, and hands the compile cache over: started where a function is published,
// as `node /var/runtime/fill-cache.mjs`, so that its environments need not compile.
import { createRequire } from "node:module";
import { mkdirSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { useLayerModules } from "./layer-modules.mjs";
import { entryOf, isModulePackage } from "./load-handler.mjs";

const CACHE = "/tmp/cache";
const OUT = 5;
/** Larger packages are compiled as far as this goes. */
const FILES_MAX = 5_000;
const STOP = new Error("compiled, not to be run");
const Module = createRequire(import.meta.url)("node:module");

/** Compiles a CommonJS file: what it would export is asked for after compiling and before running, and there it ends. */
function compileCommonJs(file) {
  const module = new Module(file);
  Object.defineProperty(module, "exports", {
    get() {
      throw STOP;
    },
  });
  module.filename = file;
  try {
    module._compile(readFileSync(file, "utf8"), file, "commonjs");
  } catch {
    // As meant, or it can't be compiled: then the function itself will say so.
  }
}

/** Compiles a module and all that it imports: linking compiles them, and the first to be evaluated ends it. */
async function compileModules(entry) {
  mkdirSync("/tmp/fill", { recursive: true });
  writeFileSync("/tmp/fill/stop.mjs", "throw 0;");
  writeFileSync("/tmp/fill/entry.mjs", `import "./stop.mjs"; import ${JSON.stringify(pathToFileURL(entry).href)};`);
  await import("/tmp/fill/entry.mjs").catch(() => undefined);
}

function* filesIn(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}

function writeAll(bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(OUT, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** One file: lengths of name and content, name, content. */
function handOver(file) {
  const name = Buffer.from(relative(CACHE, file));
  const content = readFileSync(file);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(name.length, 0);
  head.writeUInt32BE(content.length, 4);
  writeAll(Buffer.concat([head, name, content]));
}

if (Module.enableCompileCache?.(CACHE)?.directory !== undefined) {
  useLayerModules();
  const taskRoot = process.env.LAMBDA_TASK_ROOT;
  let files = 0;
  for (const file of filesIn(taskRoot)) {
    if (!/\.c?js$/.test(file) || (file.endsWith(".js") && isModulePackage(join(file, "..")))) continue;
    if (++files > FILES_MAX) break;
    compileCommonJs(file);
  }
  const entry = entryOf(taskRoot, process.env._HANDLER ?? "");
  if (entry !== undefined) await compileModules(entry);
  Module.flushCompileCache();
  for (const file of filesIn(CACHE)) handOver(file);
}
