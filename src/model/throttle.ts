// Throttled: why a request is refused for now, and what AWS answers then.
import { ServiceException } from "./operation.ts";

/** AWS's reasons for refusing an invocation for now. Source: Lambda API reference, "TooManyRequestsException". */
export type ThrottleReason =
  | "ConcurrentInvocationLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded"
  | "ReservedFunctionInvocationRateLimitExceeded";

/** Every bucket refills within a second, and an execution may end at any time. */
const RETRY_AFTER_SECONDS = 1;

/** 429 `TooManyRequestsException`, with the header that SDKs read as `retryAfterSeconds`. */
export function tooManyRequests(reason: ThrottleReason): ServiceException {
  return new ServiceException({
    code: "TooManyRequestsException",
    status: 429,
    message: "Rate Exceeded.",
    members: { Reason: reason },
    headers: { "Retry-After": String(RETRY_AFTER_SECONDS) },
  });
}
