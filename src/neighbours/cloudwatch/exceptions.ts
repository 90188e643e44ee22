// CloudWatch's exceptions, with its own messages. Codes are those of the query protocol, which all its protocols know.
import { ServiceException } from "../../model/operation.ts";

const exception = (code: string, message: string): ServiceException =>
  new ServiceException({ code, status: 400, message });

export const invalidValue = (message: string): ServiceException => exception("InvalidParameterValue", message);
export const invalidCombination = (message: string): ServiceException =>
  exception("InvalidParameterCombination", message);
export const missing = (parameter: string): ServiceException =>
  exception("MissingParameter", `The parameter ${parameter} is required.`);
export const validationError = (message: string): ServiceException => exception("ValidationError", message);
export const invalidToken = (): ServiceException =>
  exception("InvalidNextToken", "The specified NextToken is invalid.");
