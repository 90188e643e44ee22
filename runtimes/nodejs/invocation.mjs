// Runs the handler once, in whichever form it is written, and says what came of it.
import { errorBody } from "./errors.mjs";
import { isStreaming, runStreaming } from "./streaming.mjs";

const NODE_MAJOR = Number(process.versions.node.split(".")[0]);

function parsed(json) {
  return json === undefined ? undefined : JSON.parse(json);
}

/** The context object, complete. */
function contextOf(event) {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(event.clientContext),
    identity: parsed(event.identity),
    invokedFunctionArn: event.functionArn,
    awsRequestId: event.requestId,
    tenantId: event.tenantId,
    getRemainingTimeInMillis: () => event.deadlineMs - Date.now(),
  };
}

/** Resolves with the handler's result, by promise or by callback; with null when the event loop drains without either. */
function settle(handler, input, context) {
  return new Promise((resolve, reject) => {
    const drained = () => resolve(null);
    const finish = (error, value) => {
      const end = () => (error === undefined || error === null ? resolve(value) : reject(error));
      // By default a callback's answer waits until nothing is left to do.
      if (context.callbackWaitsForEmptyEventLoop && (error === undefined || error === null)) {
        process.removeListener("beforeExit", drained);
        process.once("beforeExit", end);
      } else end();
    };
    process.once("beforeExit", drained);
    const settled = (then) => (value) => {
      process.removeListener("beforeExit", drained);
      then(value);
    };
    const callback = (error, value) => finish(error, value);
    context.done = callback;
    context.succeed = (value) => callback(undefined, value);
    context.fail = (error) => callback(error ?? new Error("handled"));
    const result = NODE_MAJOR >= 24 ? handler(input, context) : handler(input, context, callback);
    if (typeof result?.then === "function") result.then(settled(resolve), settled(reject));
    else if (NODE_MAJOR >= 24 || handler.length < 3) {
      if (result !== undefined || NODE_MAJOR >= 24) settled(resolve)(result);
    }
  });
}

/** Runs `handler` on an event. Never throws. */
export async function invokeHandler(handler, event, client) {
  try {
    if (NODE_MAJOR >= 24 && handler.length >= 3 && !isStreaming(handler)) {
      throw Object.assign(
        new Error(
          "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.",
        ),
        { name: "Runtime.CallbackHandlerDeprecated" },
      );
    }
    const input = JSON.parse(event.body.toString("utf8"));
    const context = contextOf(event);
    if (isStreaming(handler)) {
      await runStreaming(handler, input, context, event.requestId, client.address);
      return { kind: "streamed" };
    }
    const result = await settle(handler, input, context);
    return { kind: "response", json: JSON.stringify(result === undefined ? null : result) ?? "null" };
  } catch (error) {
    return { kind: "error", body: errorBody(error) };
  }
}
