// A runtime that is booted before its function is known: waits to be told, and then leaves no trace of having waited.
import { invokeHandler } from "./invocation.mjs";

// Not imported: as an ES module, a built-in is loaded with all that it would otherwise load only when used.
const { closeSync, openSync, readFileSync, readSync, writeSync } = process.getBuiltinModule("node:fs");

const REPORTS = 4;
const TOLD = 6;
const CHUNK_BYTES = 65_536;
/** Often enough for everything that an invocation runs to have been loaded and compiled once. */
const REHEARSALS = 20;

/** Everything that comes until the other end closes; blocks. */
function readAll(fd) {
  const chunks = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
  }
}

/** Where the kernel shows the environment that this process was started with. Source: proc(5), /proc/pid/stat, fields 50 and 51. */
function startEnvironmentRange() {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { start: Number(fields[47]), end: Number(fields[48]) };
}

/** /proc/self/environ is this process's own memory: what stood there at the boot gives way to the function's variables. */
function prepareRewrite() {
  const { start, end } = startEnvironmentRange();
  const block = Buffer.alloc(end - start);
  const memory = openSync("/proc/self/mem", "r+");
  return (environment) => {
    let text = "";
    for (const name in environment) text += `${name}=${environment[name]}\0`;
    if (Buffer.byteLength(text) <= block.length) {
      block.write(text);
      writeSync(memory, block, 0, block.length, start);
    }
    closeSync(memory);
  };
}

/** Every variable is set anew, the unchanged too: where it stood is written over. None is away in between, since without TZ the zone would be searched for on disk. */
function replaceVariables(environment) {
  for (const name in process.env) if (environment[name] === undefined) delete process.env[name];
  Object.assign(process.env, environment);
}

/** Clocks that count from the process's start count from here on, less what the boot took. */
function forgetWait(waitedMs) {
  const { uptime } = process;
  const { now, mark, toJSON } = performance;
  const { timeOrigin } = performance;
  const replace = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  replace(process, "uptime", { uptime: () => uptime() - waitedMs / 1000 }.uptime);
  const since = { now: () => now.call(performance) - waitedMs };
  replace(Performance.prototype, "now", since.now);
  replace(
    Performance.prototype,
    "mark",
    {
      mark: (name, options = {}) =>
        mark.call(performance, name, { ...options, startTime: options.startTime ?? since.now() }),
    }.mark,
  );
  Object.defineProperty(Performance.prototype, "timeOrigin", {
    get: () => timeOrigin + waitedMs,
    enumerable: true,
    configurable: true,
  });
  replace(
    Performance.prototype,
    "toJSON",
    { toJSON: () => ({ ...toJSON.call(performance), timeOrigin: timeOrigin + waitedMs }) }.toJSON,
  );
}

/** Does once what every start and first invocation does, so that it is loaded and compiled; leaves nothing that code can see. */
async function rehearse(client) {
  await client.rehearse();
  const { default: handler } = await import("data:text/javascript,export default async (event) => event");
  const event = { requestId: "", deadlineMs: 0, functionArn: "", body: Buffer.from('{"rehearsal":[1]}') };
  for (let times = 0; times < REHEARSALS; times++) await invokeHandler(handler, event, client);
}

/** Whether this process was booted before its function was known. */
export const isPooled = () => process.env._HEARTH_POOLED !== undefined;

/** Waits for the function, and becomes its process. */
export async function waitForFunction(client) {
  // A connection that unrefs itself would let the process end here.
  const alive = setInterval(() => undefined, 1_000);
  await client.connect();
  await rehearse(client);
  clearInterval(alive);
  const rewrite = prepareRewrite();
  writeSync(REPORTS, "waiting\n");
  closeSync(REPORTS);
  const waitsSinceMs = performance.now();
  const { environment } = JSON.parse(readAll(TOLD).toString("utf8"));
  closeSync(TOLD);
  const waitedMs = performance.now() - waitsSinceMs;
  replaceVariables(environment);
  rewrite(environment);
  process.chdir(environment.LAMBDA_TASK_ROOT);
  forgetWait(waitedMs);
}
