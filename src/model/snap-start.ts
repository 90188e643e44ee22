// How a restore that failed is told to whoever invoked. Pure.
import { ServiceException } from "./operation.ts";

/** The exception for a restore that took too long, or whose hook failed. Source: the service's model. */
export function restoreFailed(
  failure: { readonly kind: "timeout" } | { readonly kind: "error"; readonly errorType: string },
): ServiceException {
  if (failure.kind === "timeout")
    return new ServiceException({
      code: "SnapStartTimeoutException",
      status: 408,
      message: "The function's restore and its after-restore hooks took more than 10 seconds.",
      messageMember: "Message",
    });
  return new ServiceException({
    code: "SnapStartException",
    status: 400,
    message: `The function could not be restored: ${failure.errorType}`,
    messageMember: "Message",
  });
}
