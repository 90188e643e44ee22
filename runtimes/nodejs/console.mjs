// console.* as on AWS: each message one event, with time, request id and level; as text or JSON.
import { intoError, loggedError } from "./errors.mjs";

// Not imported: as an ES module, a built-in is loaded with all that it would otherwise load only when used.
const { writeSync } = process.getBuiltinModule("node:fs");
const { format } = process.getBuiltinModule("node:util");

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = {
  trace: "TRACE",
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
  fatal: "FATAL",
};
const TEXT_FRAME = 0xa55a0003;
const JSON_FRAME = 0xa55a0002;

/** Writes all of it, waiting for the reader where the pipe is full. */
function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // Nobody reads any more: the environment is at its end, and an error of the log's would only be logged again.
      if (error.code === "EPIPE") return;
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** One event: a frame where the platform gave a descriptor for that, else a line whose inner line ends are carriage returns. */
function createSink(fd, frameType) {
  if (fd === undefined) return (_level, message) => writeAll(1, Buffer.from(`${message.replace(/\n/g, "\r")}\n`));
  return (level, message, nowMs) => {
    const text = Buffer.from(frameType === TEXT_FRAME ? `${message}\n` : message);
    const frame = Buffer.allocUnsafe(16 + text.length);
    frame.writeUInt32BE((frameType | (LEVELS[level] << 2)) >>> 0, 0);
    frame.writeUInt32BE(text.length, 4);
    frame.writeBigUInt64BE(BigInt(nowMs) * 1000n, 8);
    text.copy(frame, 16);
    writeAll(fd, frame);
  };
}

const stackLines = (error) => (typeof error.stack === "string" ? error.stack.split("\n") : []);
const typeOf = (error) => error.constructor?.name ?? "UnknownError";

function expanded(_key, value) {
  if (!(value instanceof Error)) return value;
  const about = { errorType: typeOf(value), errorMessage: value.message, stackTrace: stackLines(value) };
  return Object.assign(about, value);
}

/** A sole argument is the message as it is, objects too; several are formatted, and the first error among them stands beside. */
function jsonLine(time, { requestId, tenantId }, level, args) {
  const line = { timestamp: time, level, requestId, ...(tenantId ? { tenantId } : {}) };
  if (args.length <= 1) {
    try {
      return JSON.stringify({ ...line, message: args[0] }, expanded);
    } catch {
      return JSON.stringify({ ...line, message: format(args[0]) });
    }
  }
  const error = args.slice(1).find((it) => it instanceof Error) ?? (args[0] instanceof Error ? args[0] : undefined);
  const about =
    error === undefined ? {} : { errorType: typeOf(error), errorMessage: error.message, stackTrace: stackLines(error) };
  return JSON.stringify({ ...line, message: format(...args), ...about });
}

/** Replaces the methods of `console`. Gives what the runtime itself writes with. */
export function patchConsole(env) {
  const fd = env._LAMBDA_TELEMETRY_LOG_FD === undefined ? undefined : Number(env._LAMBDA_TELEMETRY_LOG_FD);
  delete env._LAMBDA_TELEMETRY_LOG_FD;
  const isJson = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  const sink = createSink(fd, isJson ? JSON_FRAME : TEXT_FRAME);
  const least = LEVELS[env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;
  let current = {};

  function write(level, args) {
    if (LEVELS[level] < least) return;
    const nowMs = Date.now();
    const time = new Date(nowMs).toISOString();
    const line = isJson
      ? jsonLine(time, current, level, args)
      : `${time}\t${current.requestId}\t${level}\t${format(...args)}`;
    sink(level, line, nowMs);
  }
  for (const [method, level] of Object.entries(METHODS)) console[method] = (...args) => write(level, args);
  return {
    /** From now on events are of this invocation. */
    begin({ requestId, tenantId }) {
      current = { requestId, tenantId };
    },
    error(label, thrown) {
      const error = intoError(thrown);
      write("ERROR", isJson ? [error] : [label, `\t${loggedError(error)}`]);
    },
  };
}
