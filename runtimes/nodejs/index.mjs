// The Node.js managed runtime: started as `node /var/runtime/index.mjs` with the environment of its function.
import { patchConsole } from "./console.mjs";
import { errorBody, InitError } from "./errors.mjs";
import { createRuntimeApiClient } from "./runtime-api-client.mjs";
import { invokeHandler } from "./invocation.mjs";
import { installAwslambda } from "./streaming.mjs";
import { loadHandler } from "./load-handler.mjs";

const api = process.env.AWS_LAMBDA_RUNTIME_API ?? "127.0.0.1:9001";
const console_ = patchConsole(process.env);
installAwslambda();
const client = createRuntimeApiClient(api);
/** The invocation under way, for errors that nobody awaits. */
let current;

/** An error that nobody caught ends the process, after the platform has heard of it. */
async function die(error, errorType) {
  const body = errorBody(error, errorType);
  console_.error(current === undefined ? "Uncaught Exception " : "Invoke Error ", body);
  try {
    if (current === undefined) await client.initError(JSON.stringify(body), body.errorType);
    else await client.error(current, JSON.stringify(body), body.errorType);
  } finally {
    process.exit(errorType === "Runtime.UnhandledPromiseRejection" ? 128 : 129);
  }
}
process.on("uncaughtException", (error) => void die(error));
process.on(
  "unhandledRejection",
  (reason) =>
    void die(
      Object.assign(new Error(reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)), {
        reason,
        stack: reason?.stack,
      }),
      "Runtime.UnhandledPromiseRejection",
    ),
);

let handler;
try {
  handler = await loadHandler(process.env.LAMBDA_TASK_ROOT ?? "/var/task", process.env._HANDLER ?? "");
} catch (error) {
  const body = errorBody(error);
  console_.error("Uncaught Exception ", body);
  await client.initError(JSON.stringify(body), body.errorType);
  process.exit(error instanceof InitError ? 1 : 1);
}

let event = await client.next();
for (;;) {
  current = event.requestId;
  console_.requestId(current);
  if (event.traceId === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = event.traceId;
  const outcome = await invokeHandler(handler, event, client);
  current = undefined;
  if (outcome.kind === "error") {
    console_.error("Invoke Error ", outcome.body);
    event = await client.errorAndNext(event.requestId, JSON.stringify(outcome.body), outcome.body.errorType);
  } else if (outcome.kind === "streamed") event = await client.next();
  else event = await client.respondAndNext(event.requestId, outcome.json);
}
