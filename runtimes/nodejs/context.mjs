// The context object that a handler gets.
import { HAS_CALLBACKS } from "./version.mjs";

const parsed = (json) => (json === undefined ? undefined : JSON.parse(json));

/**
 * Source: Lambda Developer Guide, "Using the Lambda context object to retrieve Node.js function information".
 * @param {import("./runtime-api.mjs").Invocation} invocation
 * @param {NodeJS.ProcessEnv} env
 */
export function createContext(invocation, env) {
  const context = {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(invocation.clientContext),
    identity: parsed(invocation.identity),
    invokedFunctionArn: invocation.functionArn,
    awsRequestId: invocation.requestId,
    tenantId: invocation.tenantId,
    getRemainingTimeInMillis: () => invocation.deadlineMs - Date.now(),
  };
  return HAS_CALLBACKS
    ? { callbackWaitsForEmptyEventLoop: true, ...context }
    : { ...context, xRayTraceId: invocation.traceId };
}
