// The runtime's life: load the handler, then event after event. Loading this file does all that can be done before the
// function is known, so a pre-booted process imports it early and calls `run` when the variables are there.
import { patchConsole } from "./console.mjs";
import { createContext } from "./context.mjs";
import { errorBody, UnhandledPromiseRejection } from "./errors.mjs";
import { invokeBuffered, invokeWithCallback } from "./invoke.mjs";
import { enterInvocation, installGlobals, isStreaming } from "./awslambda.mjs";
import { loadHandler } from "./load-handler.mjs";
import { connectRuntimeApi } from "./runtime-api.mjs";
import { HAS_CALLBACKS, NODE_MAJOR } from "./version.mjs";

/** Exit codes of AWS's runtime for errors that nobody caught. */
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;
const EXIT_INIT_FAILED = 1;

/**
 * Runs the function of this environment; ends only with the process.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<void>}
 */
export async function run(env) {
  const log = patchConsole(env);
  const api = connectRuntimeApi(env.AWS_LAMBDA_RUNTIME_API ?? "127.0.0.1:9001");
  installGlobals(env);
  const dying = watchForUncaught(log, api);
  try {
    const handler = await loadHandler(env.LAMBDA_TASK_ROOT ?? "/var/task", env._HANDLER ?? "", env);
    await serve(handler, { env, log, api, dying });
  } catch (error) {
    log.error(NODE_MAJOR >= 24 ? "Init Error" : "Uncaught Exception", error);
    await dying.report(error, EXIT_INIT_FAILED);
  }
}

/** Event after event. Throws only when the Runtime API does. */
async function serve(handler, { env, log, api, dying }) {
  const streams = isStreaming(handler);
  const invoke = HAS_CALLBACKS ? invokeWithCallback : invokeBuffered;
  for (let invocation = await firstNext(api, dying); ; ) {
    const { requestId } = invocation;
    dying.requestId = requestId;
    log.enter(requestId, invocation.tenantId);
    enterInvocation(invocation, env);
    let post;
    try {
      const event = JSON.parse(invocation.body.toString());
      const context = createContext(invocation, env);
      if (streams) {
        const { invokeStreaming } = await import("./invoke-streaming.mjs");
        await invokeStreaming(handler, { event, context, requestId, api, log });
      } else post = { what: "response", body: await invoke(handler, event, context) };
    } catch (error) {
      log.error("Invoke Error", error);
      post = { what: "error", ...errorBody(error) };
    }
    dying.requestId = undefined;
    invocation = await (post === undefined ? api.next() : api.postAndNext(requestId, post));
  }
}

/** The first `next` ends the init phase. */
async function firstNext(api, dying) {
  dying.isInit = false;
  return await api.next();
}

/** Errors that nobody caught end the process, after the platform has heard of them. */
function watchForUncaught(log, api) {
  const dying = {
    isInit: true,
    /** The invocation under way. */
    requestId: /** @type {string | undefined} */ (undefined),
    async report(error, code) {
      const { isInit, requestId } = dying;
      try {
        if (requestId !== undefined) await api.post(requestId, { what: "error", ...errorBody(error) });
        else if (isInit) await api.initError(errorBody(error));
        // Between two invocations nobody waits for an answer, and `next` blocks the connection.
      } finally {
        process.exit(code);
      }
    },
  };
  process.on("uncaughtException", (error) => {
    log.error("Uncaught Exception", error);
    void dying.report(error, EXIT_UNCAUGHT_EXCEPTION);
  });
  process.on("unhandledRejection", (reason, promise) => {
    const error = new UnhandledPromiseRejection(reason, promise);
    log.error("Unhandled Promise Rejection", error);
    void dying.report(error, EXIT_UNHANDLED_REJECTION);
  });
  return dying;
}
