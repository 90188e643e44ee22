// Counting's state and rules: what is in flight of each pool, function and qualifier, and whether one more may be. No I/O.
// The state is changed in place, since every invoke changes it twice; who decides (`decide`) changes nothing.
import { claimOf, type FunctionConcurrency, NO_CONCURRENCY } from "../../model/concurrency.ts";
import type { ThrottleReason } from "../../model/throttle.ts";
import { fullBucket, type Rate, takeToken, type TokenBucket } from "./token-bucket.ts";

/** Requests per second for each concurrent execution. Source: Lambda quotas, "Invocation requests per second". */
const REQUESTS_PER_EXECUTION = 10;
/** New environments of one function: 1,000 each ten seconds. Source: Lambda Developer Guide, "Lambda function scaling". */
const SCALING_RATE: Rate = { burst: 1000, perSecond: 100 };

/** One account in one region. */
export interface PoolUse {
  /** What functions have reserved or provisioned for themselves. */
  claimed: number;
  /** Every execution of the account. */
  inFlight: number;
  /** Executions of functions that reserve nothing, but for those on provisioned environments. */
  unreserved: number;
  requests: TokenBucket | undefined;
}

/** One qualifier with provisioned concurrency. */
export interface QualifierUse {
  requested: number;
  /** Environments that can take an invocation at once or have one. */
  ready: number;
  inUse: number;
  /** Its setting is gone: what still runs on it counts as on demand. */
  isRemoved: boolean;
  requests: TokenBucket | undefined;
}

/** One function, over all its versions and aliases. */
export interface FunctionUse {
  readonly pool: PoolUse;
  concurrency: FunctionConcurrency;
  inFlight: number;
  onDemand: number;
  readonly qualifiers: Map<string, QualifierUse>;
  requests: TokenBucket | undefined;
  starts: TokenBucket | undefined;
}

/** Whether an execution may begin, and on what it counts. */
export type Decision =
  | { readonly outcome: "provisioned"; readonly qualifier: QualifierUse }
  | { readonly outcome: "onDemand" }
  | { readonly outcome: "throttled"; readonly reason: ThrottleReason };

const ON_DEMAND: Decision = { outcome: "onDemand" };
const throttled = (reason: ThrottleReason): Decision => ({ outcome: "throttled", reason });

/** A pool of which nothing is used. */
export function emptyPool(): PoolUse {
  return { claimed: 0, inFlight: 0, unreserved: 0, requests: undefined };
}

/** A function that runs nothing and has no setting. */
export function idleFunction(pool: PoolUse): FunctionUse {
  return {
    pool,
    concurrency: NO_CONCURRENCY,
    inFlight: 0,
    onDemand: 0,
    qualifiers: new Map(),
    requests: undefined,
    starts: undefined,
  };
}

/** Environments that are ready under all of a function's qualifiers: its on-demand executions leave them their share. */
function readyOf(it: FunctionUse): number {
  let ready = 0;
  for (const qualifier of it.qualifiers.values()) ready += Math.min(qualifier.ready, qualifier.requested);
  return ready;
}

/** What an execution that finds no provisioned environment would count on. Changes nothing. */
export function decideOnDemand(it: FunctionUse, limit: number): Decision {
  const { pool, concurrency } = it;
  const { reserved } = concurrency;
  if (reserved !== undefined) {
    return it.inFlight >= reserved || it.onDemand >= reserved - readyOf(it)
      ? throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
      : pool.inFlight >= limit
        ? throttled("ConcurrentInvocationLimitExceeded")
        : ON_DEMAND;
  }
  const isFull = pool.inFlight >= limit || pool.unreserved >= limit - pool.claimed;
  return isFull ? throttled("ConcurrentInvocationLimitExceeded") : ON_DEMAND;
}

/** What one more execution would count on. `limit` is the account's pool. Changes nothing. */
export function decide(it: FunctionUse, qualifierName: string | undefined, limit: number): Decision {
  const qualifier = qualifierName === undefined ? undefined : it.qualifiers.get(qualifierName);
  const hasReady = qualifier !== undefined && qualifier.inUse < Math.min(qualifier.ready, qualifier.requested);
  const isWithin = it.inFlight < (it.concurrency.reserved ?? Infinity) && it.pool.inFlight < limit;
  return hasReady && isWithin ? { outcome: "provisioned", qualifier } : decideOnDemand(it, limit);
}

const rateOf = (executions: number): Rate => {
  const perSecond = executions * REQUESTS_PER_EXECUTION;
  return { burst: perSecond, perSecond };
};

/** Takes one request of the rate that an on-demand execution counts on; the reason when there is none left. */
export function takeRequest(it: FunctionUse, limit: number, nowMs: number): ThrottleReason | undefined {
  const { reserved } = it.concurrency;
  if (reserved !== undefined) {
    const rate = rateOf(reserved);
    it.requests ??= fullBucket(rate, nowMs);
    return takeToken(it.requests, rate, nowMs) ? undefined : "ReservedFunctionInvocationRateLimitExceeded";
  }
  const rate = rateOf(limit);
  it.pool.requests ??= fullBucket(rate, nowMs);
  return takeToken(it.pool.requests, rate, nowMs) ? undefined : "FunctionInvocationRateLimitExceeded";
}

/** Takes one request of a qualifier's own rate; false: the request spills over to on-demand environments. */
export function takeProvisionedRequest(qualifier: QualifierUse, nowMs: number): boolean {
  const rate = rateOf(qualifier.requested);
  qualifier.requests ??= fullBucket(rate, nowMs);
  return takeToken(qualifier.requests, rate, nowMs);
}

/** Takes one start of the function's scaling rate; false: it may not start an environment now. */
export function takeStart(it: FunctionUse, nowMs: number): boolean {
  it.starts ??= fullBucket(SCALING_RATE, nowMs);
  return takeToken(it.starts, SCALING_RATE, nowMs);
}

/** One more runs. */
export function begin(it: FunctionUse, qualifier: QualifierUse | undefined): void {
  it.inFlight += 1;
  it.pool.inFlight += 1;
  if (qualifier !== undefined) qualifier.inUse += 1;
  else countOnDemand(it, 1);
}

/** One that began with this qualifier has ended, whatever has changed since. */
export function end(it: FunctionUse, qualifier: QualifierUse | undefined): void {
  it.inFlight -= 1;
  it.pool.inFlight -= 1;
  if (qualifier !== undefined && !qualifier.isRemoved) qualifier.inUse -= 1;
  else countOnDemand(it, -1);
}

function countOnDemand(it: FunctionUse, by: number): void {
  it.onDemand += by;
  if (it.concurrency.reserved === undefined) it.pool.unreserved += by;
}

/** Gives a function other settings; what runs goes on and counts by them from now on. */
export function configure(it: FunctionUse, concurrency: FunctionConcurrency): void {
  for (const [name, qualifier] of it.qualifiers) {
    if (concurrency.provisioned.has(name)) continue;
    it.qualifiers.delete(name);
    qualifier.isRemoved = true;
    countOnDemand(it, qualifier.inUse);
  }
  for (const [name, requested] of concurrency.provisioned) {
    const known = it.qualifiers.get(name);
    if (known !== undefined) known.requested = requested;
    else it.qualifiers.set(name, { requested, ready: 0, inUse: 0, isRemoved: false, requests: undefined });
  }
  const was = it.concurrency;
  it.pool.claimed += claimOf(concurrency) - claimOf(was);
  if (was.reserved === undefined) it.pool.unreserved -= it.onDemand;
  if (concurrency.reserved === undefined) it.pool.unreserved += it.onDemand;
  if (was.reserved !== concurrency.reserved) it.requests = undefined;
  it.concurrency = concurrency;
}
