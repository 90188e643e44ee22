// PutFunctionConcurrency: reserves a part of the account's pool, which also bounds the function.
import type { Concurrency, PutFunctionConcurrencyRequest } from "@aws-sdk/client-lambda";
import { functionArn } from "../../model/function-arn.ts";
import { functionNotFound } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkReserved } from "./concurrency-rules.ts";
import { inPool } from "./pool.ts";
import { wholeFunction } from "./reserved-concurrency.ts";

/** The operation; it holds at once. */
export async function putFunctionConcurrency(
  parts: ControlPlaneParts,
  input: PutFunctionConcurrencyRequest,
  context: RequestContext,
): Promise<Concurrency> {
  const { FunctionName, ReservedConcurrentExecutions: reserved = 0 } = input;
  validate([
    ...addressConstraints({ FunctionName }),
    {
      name: "reservedConcurrentExecutions",
      value: input.ReservedConcurrentExecutions,
      required: true,
      range: [0, 2_147_483_647],
    },
  ]);
  const address = wholeFunction(FunctionName, context, "lambda:PutFunctionConcurrency");
  return await inPool(parts, address, async (pool) => {
    if (parts.publication.get(address, "$LATEST") === undefined) {
      // This operation alone names $LATEST, as recorded from AWS.
      throw functionNotFound(functionArn({ ...address, qualifier: "$LATEST" }));
    }
    const before = parts.publication.concurrency(address);
    checkReserved(before, reserved, pool());
    await parts.concurrency.setReserved(address, reserved);
    parts.publication.publishConcurrency(address, { ...before, reserved });
    return { ReservedConcurrentExecutions: reserved };
  });
}
