// Service Quotas' exceptions. All are answered with 400, whatever the model says of their status.
import { ServiceException } from "../../model/operation.ts";
import { type Constraint, faultsIn } from "../../model/validation.ts";

const exception = (code: string, message: string): ServiceException =>
  new ServiceException({ code, status: 400, message, messageMember: "Message" });

export const illegalArgument = (message: string): ServiceException => exception("IllegalArgumentException", message);
export const noSuchResource = (message: string): ServiceException => exception("NoSuchResourceException", message);
export const invalidToken = (): ServiceException =>
  exception("InvalidPaginationTokenException", "The pagination token is invalid.");
export const noSuchService = (): ServiceException =>
  noSuchResource(
    "This service is not available in the current Region. Choose a different Region or a different service.",
  );
export const noSuchQuota = (): ServiceException => noSuchResource("The specified quota does not exist.");

/** Throws IllegalArgumentException, which stands for ValidationException in Service Quotas. */
export function checkMembers(constraints: readonly Constraint[]): void {
  const message = faultsIn(constraints);
  if (message !== undefined) throw illegalArgument(message);
}
