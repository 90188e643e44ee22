// CloudWatch Logs' exceptions, with its own messages.
import { ServiceException } from "../../model/operation.ts";

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
