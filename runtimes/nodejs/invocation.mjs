// Runs the handler once, in whichever form it is written, and says what came of it.
import { errorBody, RuntimeError } from "./errors.mjs";
import { isLegacy } from "./load-handler.mjs";
import { isStreaming, runStreaming } from "./streaming.mjs";

const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes";
const W3C_FIELDS = ["traceparent", "tracestate", "baggage"];

function parsed(json, name) {
  if (json === undefined || json === "") return undefined;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${String(error)}`);
  }
}

/** Takes W3C trace context out of the client context, where the platform puts it. */
function takeW3c(clientContext) {
  if (typeof clientContext !== "object" || clientContext === null) return {};
  const { w3c } = clientContext;
  delete clientContext.w3c;
  return Object.fromEntries(W3C_FIELDS.filter((it) => typeof w3c?.[it] === "string").map((it) => [it, w3c[it]]));
}

/** The context object, complete. */
function contextOf(event) {
  const { env } = process;
  const clientContext = parsed(event.clientContext, "ClientContext");
  const w3c = Object.freeze(takeW3c(clientContext));
  return {
    ...(isLegacy ? { callbackWaitsForEmptyEventLoop: true } : { xRayTraceId: event.traceId, w3c: () => w3c }),
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext,
    identity: parsed(event.identity, "CognitoIdentity"),
    invokedFunctionArn: event.functionArn,
    awsRequestId: event.requestId,
    tenantId: event.tenantId,
    getRemainingTimeInMillis: () => event.deadlineMs - Date.now(),
  };
}

/** The handler's result by promise, by callback or by the context's methods, whichever is first; then nothing counts any more. */
function settleLegacy(handler, input, context) {
  return new Promise((resolve, reject) => {
    let isDone = false;
    let whenDrained = () =>
      handler.constructor?.name === "AsyncFunction"
        ? reject(new RuntimeError("Runtime.NodeJsExit", NEVER_SETTLED))
        : resolve(null);
    const drained = () => whenDrained();
    process.once("beforeExit", drained);
    const end = (settle, value) => {
      process.removeListener("beforeExit", drained);
      settle(value);
    };
    const first = (act) => (one, other) => {
      if (isDone) return;
      isDone = true;
      act(one, other);
    };
    const isFailure = (error) => error !== undefined && error !== null;
    const done = (error, value) => (isFailure(error) ? end(reject, error) : end(resolve, value));
    const callback = first((error, value) => {
      // By default a callback's answer waits until nothing is left to do.
      if (isFailure(error) || !context.callbackWaitsForEmptyEventLoop) done(error, value);
      else whenDrained = () => resolve(value);
    });
    context.done = first(done);
    context.succeed = first((value) => done(undefined, value));
    context.fail = first((error) => end(reject, error ?? "handled"));
    try {
      const result = handler(input, context, callback);
      if (typeof result?.then === "function") result.then(context.succeed, context.fail);
    } catch (error) {
      callback(error);
    }
  });
}

/** The handler's result, awaited; null when the event loop drains without it. */
async function settle(handler, input, context) {
  const { promise, resolve } = Promise.withResolvers();
  const drained = () => resolve(null);
  process.once("beforeExit", drained);
  try {
    return await Promise.race([handler(input, context), promise]);
  } finally {
    process.removeListener("beforeExit", drained);
  }
}

function serialised(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    const message = "Unable to stringify response body";
    throw isLegacy ? new Error(message) : new RuntimeError("Runtime.JSONStringifyError", message);
  }
}

/** Runs `handler` on an event. Never throws. */
export async function invokeHandler(handler, event, client) {
  try {
    const input = JSON.parse(event.body.toString("utf8"));
    const context = contextOf(event);
    if (isStreaming(handler)) {
      const failure = await runStreaming(handler, input, context, event.requestId, client.address);
      return { kind: "streamed", failure };
    }
    const result = await (isLegacy ? settleLegacy : settle)(handler, input, context);
    return { kind: "response", json: serialised(result) };
  } catch (error) {
    return { kind: "error", error, body: errorBody(error) };
  }
}
