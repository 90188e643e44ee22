// CloudWatch Logs' exceptions, with its own messages.
import { ServiceException } from "../../model/operation.ts";
import { type Constraint, faultsIn } from "../../model/validation.ts";

const exception = (code: string, message: string): ServiceException =>
  new ServiceException({ code, status: 400, message });

export const groupNotFound = (): ServiceException =>
  exception("ResourceNotFoundException", "The specified log group does not exist.");
export const streamNotFound = (): ServiceException =>
  exception("ResourceNotFoundException", "The specified log stream does not exist.");
export const groupExists = (): ServiceException =>
  exception("ResourceAlreadyExistsException", "The specified log group already exists");
export const streamExists = (): ServiceException =>
  exception("ResourceAlreadyExistsException", "The specified log stream already exists");
export const invalidParameter = (message: string): ServiceException => exception("InvalidParameterException", message);
export const tooManyTags = (): ServiceException =>
  exception("TooManyTagsException", "A resource can have no more than 50 tags.");

/** Throws InvalidParameterException, which stands for ValidationException in CloudWatch Logs. */
export function checkMembers(constraints: readonly Constraint[]): void {
  const message = faultsIn(constraints);
  if (message !== undefined) throw invalidParameter(message);
}
