// Errors as AWS's Node.js runtime reports them: to the Runtime API with a trace, to the log with all they carry.

/** What the runtime itself finds wrong; `name` is AWS's error type. */
export class RuntimeError extends Error {
  constructor(errorType, message) {
    super(message);
    this.name = errorType;
    this.stack = `${errorType}: ${message}\n${(this.stack ?? "").split("\n").slice(1).join("\n")}`.trimEnd();
  }
}

/** A module that can't be parsed. The original stack stays, for it begins with the place in the file. */
export function syntaxError(original) {
  const error = new RuntimeError("Runtime.UserCodeSyntaxError", String(original));
  error.stack = original.stack;
  return error;
}

/** A promise that was rejected without anybody listening. */
export function unhandledRejection(reason, promise) {
  return Object.assign(new RuntimeError("Runtime.UnhandledPromiseRejection", describe(reason)), { reason, promise });
}

/** Errors of another realm (vm modules) are errors too. */
function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function describe(value) {
  try {
    return String(value);
  } catch {
    return "[object]";
  }
}

// The Runtime API's own framing uses this character.
const escaped = (text) => (typeof text === "string" ? text.replaceAll("\x7f", "%7F") : text);

/** The JSON body for whatever was thrown. */
export function errorBody(error) {
  try {
    if (isError(error)) {
      return {
        errorType: escaped(error.name),
        errorMessage: escaped(error.message),
        trace: escaped(error.stack)?.split("\n") ?? [],
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}

/** What was thrown, as an Error: the log shows nothing else. */
export function intoError(thrown) {
  return isError(thrown) ? thrown : new Error(describe(thrown));
}

function withMembers(_key, value) {
  if (!isError(value)) return value;
  const members = Object.assign({ errorType: value.name, errorMessage: value.message, code: value.code }, value);
  if (typeof value.stack === "string") members.stack = value.stack.split("\n");
  return members;
}

/** One line of JSON with the error's own members, and those of the errors in it. */
export function loggedError(error) {
  try {
    return JSON.stringify(error, withMembers);
  } catch {
    return JSON.stringify(errorBody(error));
  }
}
