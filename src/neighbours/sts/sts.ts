// STS, the part that Lambda's users reach for first: who am I?
import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from "@aws-sdk/client-sts";
import { operation, type RequestContext, type Service } from "../../model/operation.ts";

function getCallerIdentity(
  _input: GetCallerIdentityRequest,
  context: RequestContext,
): Promise<GetCallerIdentityResponse> {
  const { accountId, principalArn, accessKeyId } = context;
  const session = /assumed-role\/[^/]+\/(.+)$/u.exec(principalArn)?.[1];
  const userId = session === undefined ? accountId : `${accessKeyId.replace(/^ASIA/u, "AROA")}:${session}`;
  return Promise.resolve({ UserId: userId, Account: accountId, Arn: principalArn });
}

/** The service. */
export function createSts(): Service {
  return { name: "sts", operations: { GetCallerIdentity: operation(getCallerIdentity) } };
}
