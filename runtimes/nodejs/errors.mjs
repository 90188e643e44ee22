// Errors as AWS reports them: to the Runtime API as type, message and trace; in the log with all their own properties.
import { types } from "node:util";
import { NODE_MAJOR } from "./version.mjs";

/** An error of the runtime's own; `type` is AWS's name for it, such as `Runtime.HandlerNotFound`. */
export class RuntimeError extends Error {
  /**
   * @param {string} type
   * @param {string} message
   * @param {string} [stack] of the error behind it, where that says more
   */
  constructor(type, message, stack) {
    super(message);
    // What is enumerable comes into the log line: AWS's runtimes show the name there since Node 24.
    Object.defineProperty(this, "name", { value: type, enumerable: NODE_MAJOR >= 24 });
    if (stack === undefined) Error.captureStackTrace(this, RuntimeError);
    else this.stack = stack;
  }
}

/** A promise rejected with nobody listening. */
export class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason, promise) {
    super("Runtime.UnhandledPromiseRejection", String(reason));
    this.reason = reason;
    this.promise = promise;
  }
}

// Errors made in another realm (node:vm) are no instances of our Error.
const isError = (value) =>
  types.isNativeError(value) ||
  (typeof value?.name === "string" && typeof value.message === "string" && typeof value.stack === "string");

// DEL is no legal character of a header, and the error's type goes into one.
const withoutDel = (text) => String(text).replaceAll("\x7f", "%7F");

/**
 * What the Runtime API takes for anything thrown. Never throws.
 * @param {unknown} error
 * @returns {{ body: string, errorType: string }}
 */
export function errorBody(error) {
  const { errorType, errorMessage, trace } = describe(error);
  return { body: JSON.stringify({ errorType, errorMessage, trace }), errorType };
}

function describe(error) {
  try {
    if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
    return {
      errorType: withoutDel(error.name),
      errorMessage: withoutDel(error.message),
      trace: withoutDel(error.stack ?? "").split("\n"),
    };
  } catch {
    // Getters of a foreign error may throw.
    return { errorType: "handled", errorMessage: "The error thrown could not be read", trace: [] };
  }
}

/**
 * The JSON that follows `Invoke Error` in a text log.
 * @param {unknown} thrown
 * @returns {string}
 */
export function errorForLog(thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  try {
    return JSON.stringify(error, (_key, value) => (value instanceof Error ? withOwnProperties(value) : value));
  } catch {
    return errorBody(error).body;
  }
}

function withOwnProperties(error) {
  const { name: errorType, message: errorMessage, code, stack } = error;
  return { errorType, errorMessage, code, ...error, ...(typeof stack === "string" && { stack: stack.split("\n") }) };
}
