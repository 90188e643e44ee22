// Runs a handler that returns its result: by promise, and before Node 24 also by callback.
import { RuntimeError } from "./errors.mjs";
import { NODE_MAJOR } from "./version.mjs";

/**
 * The response's JSON.
 * @param {Function} handler
 * @returns {Promise<string>}
 */
export async function invokeBuffered(handler, event, context) {
  return toJson(await handler(event, context));
}

/**
 * The same with callbacks. The first answer counts: callback, a method of the context, the promise returned, or null
 * when the event loop has nothing left to do.
 * @param {Function} handler
 * @returns {Promise<string>}
 */
export function invokeWithCallback(handler, event, context) {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const answer = (settle) => {
      if (isAnswered) return;
      isAnswered = true;
      process.off("beforeExit", onDrained);
      settle();
    };
    const onDrained = () => answer(() => resolve("null"));
    const succeed = (result) => answer(() => resolve(toJson(result)));
    const fail = (error) => answer(() => reject(error ?? "handled"));
    const done = (error, result) => (isAbsent(error) ? succeed(result) : fail(error));
    // Only the callback waits for the event loop; the context's methods and promises answer at once.
    const callback = (error, result) => {
      if (!isAbsent(error) || !context.callbackWaitsForEmptyEventLoop) return done(error, result);
      answer(() => void process.once("beforeExit", () => resolve(toJson(result))));
    };
    process.once("beforeExit", onDrained);
    try {
      const returned = handler(event, Object.assign(context, { succeed, fail, done }), callback);
      // What a handler returns counts only as a promise, so that arrow functions may return anything.
      if (typeof returned?.then === "function") returned.then(succeed, fail).then(undefined, fail);
    } catch (error) {
      fail(error);
    }
  }).catch((error) => {
    throw error;
  });
}

const isAbsent = (error) => error === undefined || error === null;

function toJson(result) {
  try {
    return JSON.stringify(result) ?? "null";
  } catch {
    const message = "Unable to stringify response body";
    throw NODE_MAJOR >= 24 ? new RuntimeError("Runtime.JSONStringifyError", message) : new Error(message);
  }
}
