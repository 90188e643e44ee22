// The Node.js managed runtime: started as `node /var/runtime/index.mjs` with the environment of its function.
import { useCompileCache } from "./compile-cache.mjs";
import { patchConsole } from "./console.mjs";
import { errorBody, unhandledRejection } from "./errors.mjs";
import { createRuntimeApiClient } from "./runtime-api-client.mjs";
import { invokeHandler } from "./invocation.mjs";
import { installAwslambda } from "./streaming.mjs";
import { isLegacy, loadHandler } from "./load-handler.mjs";
import { isPooled, waitForFunction } from "./pooled.mjs";
import { useLayerModules } from "./layer-modules.mjs";

const client = createRuntimeApiClient(process.env.AWS_LAMBDA_RUNTIME_API ?? "127.0.0.1:9001");
if (isPooled()) await waitForFunction(client);
else void client.connect();
const log = patchConsole(process.env);
installAwslambda(process.env);
/** The invocation under way, for errors that nobody awaits. */
let current;
let hasInitialised = false;

/** An error that nobody caught ends the process, after the platform has heard of it. */
async function die(label, error, exitCode) {
  const body = errorBody(error);
  log.error(label, error);
  try {
    if (current !== undefined) await client.error(current, JSON.stringify(body), body.errorType);
    else if (!hasInitialised) await client.initError(JSON.stringify(body), body.errorType);
  } finally {
    process.exit(exitCode);
  }
}
process.on("uncaughtException", (error) => void die("Uncaught Exception", error, 129));
process.on(
  "unhandledRejection",
  (reason, promise) => void die("Unhandled Promise Rejection", unhandledRejection(reason, promise), 128),
);

useCompileCache();
useLayerModules();
let handler;
try {
  handler = await loadHandler(process.env.LAMBDA_TASK_ROOT ?? "/var/task", process.env._HANDLER ?? "");
} catch (error) {
  await die(isLegacy ? "Uncaught Exception" : "Init Error", error, isLegacy ? 129 : 1);
}

let next = client.next();
hasInitialised = true;
for (;;) {
  const event = await next;
  current = event.requestId;
  log.begin(event);
  if (event.traceId === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = event.traceId;
  const outcome = await invokeHandler(handler, event, client);
  current = undefined;
  if (outcome.kind === "error") {
    log.error("Invoke Error", outcome.error);
    next = client.errorAndNext(event.requestId, JSON.stringify(outcome.body), outcome.body.errorType);
  } else if (outcome.kind === "streamed") {
    if (outcome.failure !== undefined) log.error("Invoke Error", outcome.failure.error);
    next = client.next();
  } else next = client.respondAndNext(event.requestId, outcome.json);
}
