// Errors as AWS reports them: a type, a message and a trace.

/** A handler that can't be loaded; `name` is AWS's error type. */
export class InitError extends Error {
  constructor(errorType, message, cause) {
    super(message);
    this.name = errorType;
    if (cause?.stack !== undefined) this.stack = cause.stack;
  }
}

/** The JSON body for whatever was thrown. */
export function errorBody(error, errorType) {
  // Errors of another realm (vm modules) are errors too.
  const isError = error instanceof Error || Object.prototype.toString.call(error) === "[object Error]";
  if (!isError) {
    return {
      errorType: errorType ?? typeof error,
      errorMessage: typeof error === "object" ? String(error) : String(error),
      trace: [],
    };
  }
  const type = errorType ?? error.name;
  const trace = (error.stack ?? `${error.name}: ${error.message}`).split("\n");
  if (error instanceof InitError || errorType !== undefined) trace[0] = `${type}: ${error.message}`;
  return { errorType: type, errorMessage: error.message, trace };
}
