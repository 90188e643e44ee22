// How the account's pool may be given out: to reservations, to provisioned concurrency, and what has to stay. Pure.
import { claimOf, type FunctionConcurrency, totalProvisioned, UNRESERVED_MIN } from "../../model/concurrency.ts";
import { invalidParameter } from "../../model/lambda-exceptions.ts";

/** An account and region's executions. */
export interface Pool {
  readonly limit: number;
  /** What other functions have reserved or provisioned. */
  readonly claimedByOthers: number;
}

/** What an account so small that it can't keep a hundred has to keep. Source: messages of reduced accounts name 10. */
const REDUCED_UNRESERVED_MIN = 10;

function unreservedMin(limit: number): number {
  return limit > UNRESERVED_MIN ? UNRESERVED_MIN : REDUCED_UNRESERVED_MIN;
}

/** Whether a change takes more than it may: one that takes no more than before is always right. */
function takesTooMuch(before: FunctionConcurrency, after: FunctionConcurrency, pool: Pool): boolean {
  const claim = claimOf(after);
  return claim > claimOf(before) && pool.limit - pool.claimedByOthers - claim < unreservedMin(pool.limit);
}

/** Executions that nobody has a claim to. */
export function unreserved(limit: number, all: readonly FunctionConcurrency[]): number {
  return Math.max(0, limit - all.reduce((sum, it) => sum + claimOf(it), 0));
}

/** Throws InvalidParameterValueException when a reservation can't be. */
export function checkReserved(before: FunctionConcurrency, reserved: number, pool: Pool): void {
  const provisioned = totalProvisioned(before);
  if (reserved < provisioned) {
    // The blanks are AWS's own.
    throw invalidParameter(
      ` ReservedConcurrentExecutions  ${reserved} should not be lower than function's total provisioned concurrency [${provisioned}].`,
    );
  }
  if (takesTooMuch(before, { ...before, reserved }, pool)) {
    throw invalidParameter(
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedMin(pool.limit)}].`,
    );
  }
}

/** A function's settings with another value on one qualifier; undefined takes it away. */
export function withProvisioned(
  concurrency: FunctionConcurrency,
  qualifier: string,
  requested: number | undefined,
): FunctionConcurrency {
  const provisioned = new Map(concurrency.provisioned);
  if (requested === undefined) provisioned.delete(qualifier);
  else provisioned.set(qualifier, requested);
  return { ...concurrency, provisioned };
}

/** Throws InvalidParameterValueException when that much can't be provisioned. */
export function checkProvisioned(
  before: FunctionConcurrency,
  { qualifier, requested }: { qualifier: string; requested: number },
  pool: Pool,
): void {
  const after = withProvisioned(before, qualifier, requested);
  if (after.reserved !== undefined && totalProvisioned(after) > after.reserved) {
    throw invalidParameter(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    );
  }
  const left = pool.limit - pool.claimedByOthers - claimOf(withProvisioned(before, qualifier, undefined));
  if (after.reserved === undefined && requested > left && claimOf(after) > claimOf(before)) {
    throw invalidParameter(
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${Math.max(0, left)}].`,
    );
  }
  if (takesTooMuch(before, after, pool)) {
    throw invalidParameter(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedMin(pool.limit)}].`,
    );
  }
}
