// Application Auto Scaling's exceptions, with its own messages where they are known.
import { ServiceException } from "../../model/operation.ts";
import { type Constraint, faultsIn } from "../../model/validation.ts";

const exception = (code: string, message: string, members: Readonly<Record<string, unknown>> = {}): ServiceException =>
  new ServiceException({ code, status: 400, message, messageMember: "Message", members });

export const validation = (message: string): ServiceException => exception("ValidationException", message);
export const unsupported = (): ServiceException =>
  validation("Unsupported service namespace, resource type or scalable dimension");
export const objectNotFound = (message: string): ServiceException => exception("ObjectNotFoundException", message);
export const invalidNextToken = (): ServiceException =>
  exception("InvalidNextTokenException", "The next token is not valid.");
export const resourceNotFound = (arn: string): ServiceException =>
  exception("ResourceNotFoundException", `The resource ${arn} could not be found.`, { ResourceName: arn });
export const tooManyTags = (arn: string): ServiceException =>
  exception("TooManyTagsException", "A resource can have no more than 50 tags.", { ResourceName: arn });

/** Throws ValidationException. */
export function checkMembers(constraints: readonly Constraint[]): void {
  const message = faultsIn(constraints);
  if (message !== undefined) throw validation(message);
}
