// The counting service: what is in flight in each account and region, and of each function; admits or throttles.
import type { Clock } from "../../foundation/clock.ts";
import { CONCURRENT_EXECUTIONS_DEFAULT, type FunctionConcurrency } from "../../model/concurrency.ts";
import { functionKey } from "../../model/function-version.ts";
import type { UnderWay } from "../../model/invocation.ts";
import type { ThrottleReason } from "../../model/throttle.ts";
import {
  begin,
  configure,
  decide,
  decideOnDemand,
  emptyPool,
  end,
  type FunctionUse,
  idleFunction,
  type PoolUse,
  type QualifierUse,
  takeProvisionedRequest,
  takeRequest,
  takeStart,
} from "./pool-state.ts";

/** A function, whatever its version. */
export interface CountedFunction {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
}

/** The answer to a request for one more execution. An admission is given back by disposing it; twice is harmless. */
export type Admission = { readonly underWay: UnderWay } & Disposable &
  (
    | {
        readonly outcome: "admitted";
        readonly kind: "provisioned" | "onDemand";
        /** On demand, though the qualifier has provisioned concurrency. */
        readonly isSpillover: boolean;
      }
    | { readonly outcome: "throttled"; readonly reason: ThrottleReason }
  );

/** What is in flight of an account and region. */
export interface PoolUsage {
  /** The account's pool. */
  readonly limit: number;
  /** What functions have reserved or provisioned for themselves. */
  readonly claimed: number;
  readonly inFlight: number;
  /** Executions that count on what nobody has claimed. */
  readonly unreserved: number;
}

/** A function of which something is in flight now. */
export interface RunningFunction extends CountedFunction {
  readonly inFlight: number;
  /** Its qualifiers with provisioned concurrency, whether in use or not. */
  readonly provisioned: readonly { readonly qualifier: string; readonly inUse: number; readonly ready: number }[];
}

/** What is in flight of one function. */
export interface FunctionUsage {
  readonly inFlight: number;
  readonly onDemand: number;
}

/** Counts what is in flight. Initialising counts: AWS throttles while a thousand cold starts are under way. */
export interface Counting {
  /** `qualifier` as the request had it: provisioned concurrency is a version's or an alias's own. */
  admit(key: CountedFunction, qualifier?: string): Admission;
  /** One more environment on demand, within the function's scaling rate. */
  admitStart(key: CountedFunction): boolean;
  /** A function's settings, from now on. */
  configure(key: CountedFunction, concurrency: FunctionConcurrency): void;
  /** How many provisioned environments of a qualifier are ready, busy ones included. */
  provisionedReady(key: CountedFunction, qualifier: string, ready: number): void;
  inFlight(accountId: string, region: string): number;
  poolUsage(accountId: string, region: string): PoolUsage;
  /** Every account and region that has invoked or claimed something. */
  pools(): readonly (PoolUsage & { readonly accountId: string; readonly region: string })[];
  functionUsage(key: CountedFunction): FunctionUsage;
  /** The functions of which something is in flight. */
  running(): readonly RunningFunction[];
}

/** What the service stands on. */
export interface CountingDeps {
  readonly clock: Clock;
  /** Each account's pool in each region. */
  readonly concurrentExecutions?: (accountId: string, region: string) => number;
}

const nothing = (): void => undefined;

function underWayOf(use: FunctionUse, qualifier: QualifierUse | undefined): UnderWay {
  const { inFlight, unreserved, claimed } = use.pool;
  const provisioned = qualifier && { inUse: qualifier.inUse, ready: Math.min(qualifier.ready, qualifier.requested) };
  return { ofFunction: use.inFlight, ofAccount: inFlight, unreserved, claimed, provisioned };
}

const placeOf = (name: string): readonly [string, string, string] => {
  const [accountId = "", region = "", functionName = ""] = name.split("/");
  return [accountId, region, functionName];
};

/** One execution that has been admitted. */
class Held implements Disposable {
  readonly outcome = "admitted";
  readonly kind: "provisioned" | "onDemand";
  readonly isSpillover: boolean;
  readonly underWay: UnderWay;
  readonly #qualifier: QualifierUse | undefined;
  #use: FunctionUse | undefined;

  constructor(use: FunctionUse, qualifier: QualifierUse | undefined, isSpillover: boolean) {
    this.kind = qualifier === undefined ? "onDemand" : "provisioned";
    this.isSpillover = isSpillover;
    this.#qualifier = qualifier;
    this.#use = use;
    begin(use, qualifier);
    this.underWay = underWayOf(use, qualifier);
  }

  [Symbol.dispose](): void {
    if (this.#use !== undefined) end(this.#use, this.#qualifier);
    this.#use = undefined;
  }
}

const throttled = (use: FunctionUse, reason: ThrottleReason): Admission => ({
  outcome: "throttled",
  reason,
  underWay: underWayOf(use, undefined),
  [Symbol.dispose]: nothing,
});

/** Decides on one more execution, and counts it where it is admitted. */
function admitOne(use: FunctionUse, qualifier: string | undefined, limit: number, nowMs: number): Admission {
  let decision = decide(use, qualifier, limit);
  // A qualifier's own rate is used up: the request goes on as one that found no provisioned environment.
  const isOver = decision.outcome === "provisioned" && !takeProvisionedRequest(decision.qualifier, nowMs);
  if (isOver) decision = decideOnDemand(use, limit);
  if (decision.outcome === "throttled") return throttled(use, decision.reason);
  if (decision.outcome === "provisioned" && use.concurrency.reserved === undefined) {
    return new Held(use, decision.qualifier, false);
  }
  const reason = takeRequest(use, limit, nowMs);
  if (reason !== undefined) return throttled(use, reason);
  if (decision.outcome === "provisioned") return new Held(use, decision.qualifier, false);
  return new Held(use, undefined, qualifier !== undefined && use.qualifiers.has(qualifier));
}

function runningIn(functions: ReadonlyMap<string, FunctionUse>): readonly RunningFunction[] {
  const found: RunningFunction[] = [];
  for (const [name, { inFlight, qualifiers }] of functions) {
    if (inFlight === 0) continue;
    const [accountId, region, functionName] = placeOf(name);
    const provisioned = [...qualifiers].map(([qualifier, { inUse, ready, requested }]) => {
      return { qualifier, inUse, ready: Math.min(ready, requested) };
    });
    found.push({ accountId, region, functionName, inFlight, provisioned });
  }
  return found;
}

/** The service with nothing in flight. */
export function createCounting(deps: CountingDeps): Counting {
  const { clock, concurrentExecutions = () => CONCURRENT_EXECUTIONS_DEFAULT } = deps;
  const pools = new Map<string, PoolUse>();
  const functions = new Map<string, FunctionUse>();

  function poolOf(accountId: string, region: string): PoolUse {
    const name = `${accountId}/${region}`;
    const pool = pools.get(name) ?? emptyPool();
    pools.set(name, pool);
    return pool;
  }
  function useOf(key: CountedFunction): FunctionUse {
    const name = functionKey(key);
    const known = functions.get(name);
    if (known !== undefined) return known;
    const use = idleFunction(poolOf(key.accountId, key.region));
    functions.set(name, use);
    return use;
  }
  const usageOf = (accountId: string, region: string): PoolUsage => {
    const { claimed, inFlight, unreserved } = pools.get(`${accountId}/${region}`) ?? emptyPool();
    return { limit: concurrentExecutions(accountId, region), claimed, inFlight, unreserved };
  };
  return {
    admit(key, qualifier) {
      const limit = concurrentExecutions(key.accountId, key.region);
      return admitOne(useOf(key), qualifier, limit, clock.elapsedMs());
    },
    admitStart: (key) => takeStart(useOf(key), clock.elapsedMs()),
    configure(key, concurrency) {
      const use = useOf(key);
      configure(use, concurrency);
      const isPlain = concurrency.reserved === undefined && concurrency.provisioned.size === 0;
      if (isPlain && use.inFlight === 0) functions.delete(functionKey(key));
    },
    provisionedReady(key, qualifier, ready) {
      const use = functions.get(functionKey(key))?.qualifiers.get(qualifier);
      if (use !== undefined) use.ready = ready;
    },
    inFlight: (accountId, region) => pools.get(`${accountId}/${region}`)?.inFlight ?? 0,
    poolUsage: usageOf,
    pools: () =>
      [...pools.keys()].map((name) => {
        const [accountId, region] = placeOf(name);
        return { accountId, region, ...usageOf(accountId, region) };
      }),
    functionUsage(key) {
      const { inFlight, onDemand } = functions.get(functionKey(key)) ?? { inFlight: 0, onDemand: 0 };
      return { inFlight, onDemand };
    },
    running: () => runningIn(functions),
  };
}
