// X-Ray's exceptions.
import { ServiceException } from "../../model/operation.ts";

/** 400 InvalidRequestException. */
export function invalidRequest(message: string): ServiceException {
  return new ServiceException({ code: "InvalidRequestException", status: 400, message, messageMember: "Message" });
}
