// GetAccountSettings: the account's limits and what it uses of them.
import type { GetAccountSettingsResponse } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { unreserved } from "../concurrency/concurrency-rules.ts";
import type { ControlPlaneParts } from "../parts.ts";

/** The operation. Code size counts the package of every function version and every layer version. */
export async function getAccountSettings(
  parts: ControlPlaneParts,
  _input: object,
  context: RequestContext,
): Promise<GetAccountSettingsResponse> {
  const functions = parts.publication.functions(context.accountId, context.region);
  const versions = functions.flatMap((it) => parts.publication.versions(it));
  const layers = await parts.layers.all(context.accountId, context.region);
  const codeBytes = [...versions.map((it) => it.code.bytes), ...layers.map((it) => it.content.bytes)];
  const limit = parts.limits.concurrentExecutions(context.accountId, context.region);
  const claims = functions.map((it) => parts.publication.concurrency(it));
  return {
    AccountLimit: {
      TotalCodeSize: 322_122_547_200,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: limit,
      UnreservedConcurrentExecutions: unreserved(limit, claims),
    },
    AccountUsage: {
      TotalCodeSize: codeBytes.reduce((sum, it) => sum + it, 0),
      FunctionCount: functions.length,
    },
  };
}
