// Throttled: why a request is refused for now, and what AWS answers then.
import { ServiceException } from "./operation.ts";

/** AWS's reasons for refusing an invocation for now. Source: Lambda API reference, "TooManyRequestsException". */
export type ThrottleReason =
  | "ConcurrentInvocationLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded"
  | "ReservedFunctionInvocationRateLimitExceeded";

/** 429 `TooManyRequestsException`. */
export function tooManyRequests(reason: ThrottleReason): ServiceException {
  return new ServiceException({
    code: "TooManyRequestsException",
    status: 429,
    message: "Rate Exceeded.",
    members: { Reason: reason },
  });
}
