// console.* as on AWS: each message one event, with time, request id and level; as text or JSON.
import { writeSync } from "node:fs";
import { format } from "node:util";

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
const FRAME_TYPE = 0xa55a0003;

/** Writes all of it, waiting for the reader where the pipe is full. */
function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** One event: a frame where the platform gave a descriptor for that, else a line whose inner line ends are carriage returns. */
function createSink(fd) {
  if (fd === undefined) return (_level, message) => writeAll(1, Buffer.from(`${message.replace(/\n/g, "\r")}\n`));
  return (level, message, nowMs) => {
    const text = Buffer.from(`${message}\n`);
    const frame = Buffer.allocUnsafe(16 + text.length);
    frame.writeUInt32BE((FRAME_TYPE | (LEVELS[level] << 2)) >>> 0, 0);
    frame.writeUInt32BE(text.length, 4);
    frame.writeBigUInt64BE(BigInt(nowMs) * 1000n, 8);
    text.copy(frame, 16);
    writeAll(fd, frame);
  };
}

function jsonLine(time, requestId, level, args) {
  const line = { timestamp: time, level, ...(requestId === undefined ? {} : { requestId }) };
  const error = args.find((it) => it instanceof Error);
  if (args.length === 1 && typeof args[0] === "object" && args[0] !== null && !(args[0] instanceof Error)) {
    try {
      return JSON.stringify({ ...line, message: args[0] });
    } catch {
      // What can't be serialised is formatted like the rest.
    }
  }
  const message = error !== undefined && args.length === 1 ? {} : { message: format(...args) };
  const about =
    error === undefined
      ? {}
      : { errorType: error.name, errorMessage: error.message, stackTrace: (error.stack ?? "").split("\n").slice(1) };
  return JSON.stringify({ ...line, ...message, ...about });
}

/** Replaces the methods of `console`. Gives what the runtime itself writes with. */
export function patchConsole(env) {
  const fd = env._LAMBDA_TELEMETRY_LOG_FD === undefined ? undefined : Number(env._LAMBDA_TELEMETRY_LOG_FD);
  delete env._LAMBDA_TELEMETRY_LOG_FD;
  const sink = createSink(fd);
  const isJson = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  const least = isJson ? (LEVELS[env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE) : 0;
  let requestId;

  function write(level, args) {
    if (LEVELS[level] < least) return;
    const nowMs = Date.now();
    const time = new Date(nowMs).toISOString();
    const line = isJson
      ? jsonLine(time, requestId, level, args)
      : `${time}\t${requestId}\t${level}\t${format(...args)}`;
    sink(level, line, nowMs);
  }
  for (const [method, level] of Object.entries(METHODS)) console[method] = (...args) => write(level, args);
  return {
    requestId: (id) => {
      requestId = id;
    },
    error: (label, body) =>
      isJson
        ? write("ERROR", [body])
        : write("ERROR", [
            `${label}\t${JSON.stringify({ errorType: body.errorType, errorMessage: body.errorMessage, stack: body.trace })}`,
          ]),
  };
}
