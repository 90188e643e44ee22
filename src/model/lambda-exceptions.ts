// Lambda's service exceptions: code, status and where the message stands. Texts are AWS's own, letter by letter.
import { ServiceException } from "./operation.ts";

/** 400 `InvalidParameterValueException`. */
export function invalidParameter(message: string): ServiceException {
  return new ServiceException({ code: "InvalidParameterValueException", status: 400, message });
}

/** 404 for a function, version or alias. */
export function functionNotFound(arn: string): ServiceException {
  return new ServiceException({
    code: "ResourceNotFoundException",
    status: 404,
    message: `Function not found: ${arn}`,
    messageMember: "Message",
  });
}

/** 404 for what is neither a function nor one of its aliases. */
export function resourceNotFound(message: string): ServiceException {
  return new ServiceException({ code: "ResourceNotFoundException", status: 404, message, messageMember: "Message" });
}

/** 404 for an alias, by the operations about aliases. */
export function aliasNotFound(arn: string): ServiceException {
  return new ServiceException({
    code: "ResourceNotFoundException",
    status: 404,
    message: `Cannot find alias arn: ${arn}`,
    messageMember: "Message",
  });
}

/** 404 where a version or alias has no provisioned concurrency. */
export function provisionedConfigNotFound(): ServiceException {
  return new ServiceException({
    code: "ProvisionedConcurrencyConfigNotFoundException",
    status: 404,
    message: "No Provisioned Concurrency Config found for this function",
  });
}

/** 409 `ResourceConflictException`. */
export function resourceConflict(message: string): ServiceException {
  return new ServiceException({ code: "ResourceConflictException", status: 409, message });
}

/** 412: the RevisionId is not the latest, which those operations tell. */
export function preconditionFailed(operations = "GetFunction/GetAlias"): ServiceException {
  return new ServiceException({
    code: "PreconditionFailedException",
    status: 412,
    message: `The Revision Id provided does not match the latest Revision Id. Call the ${operations} API to retrieve the latest Revision Id`,
  });
}

/** 400: a policy of so many bytes. */
export function policyLengthExceeded(bytes: number, bytesMax: number): ServiceException {
  return new ServiceException({
    code: "PolicyLengthExceededException",
    status: 400,
    message: `The final policy size (${bytes}) is bigger than the limit (${bytesMax}).`,
  });
}

/** 403 for another account's resource. */
export function accessDenied(principalArn: string, action: string, arn: string): ServiceException {
  return new ServiceException({
    code: "AccessDeniedException",
    status: 403,
    message: `User: ${principalArn} is not authorized to perform: ${action} on resource: ${arn}`,
    messageMember: "Message",
  });
}

/** 403 for another account's resource that has a policy, which does not allow it. */
export function notAllowedByPolicy(principalArn: string, action: string, arn: string): ServiceException {
  return accessDenied(principalArn, action, `${arn} because no resource-based policy allows the ${action} action`);
}

/** 400 for an option that AWS has and Hearth does not carry out yet. */
export function notSupported(option: string): ServiceException {
  return invalidParameter(`${option} is not supported by Hearth yet. See docs/coverage.md.`);
}
