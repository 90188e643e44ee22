// Concurrency as it is configured: the account's pool, what a function reserves of it, and what is provisioned.

/** AWS's default for the concurrent executions of an account in a region. Source: Lambda quotas. */
export const CONCURRENT_EXECUTIONS_DEFAULT = 1000;
/** What always stays for functions that reserve nothing. Source: Lambda Developer Guide, "Configuring reserved concurrency". */
export const UNRESERVED_MIN = 100;

/** What one function has of the account's pool. Plain data. */
export interface FunctionConcurrency {
  /** Bounds and guarantees; undefined: the function shares the unreserved pool; 0: it is switched off. */
  readonly reserved: number | undefined;
  /** Environments wanted ready at all times, by the qualifier (alias or version) that they are configured on. */
  readonly provisioned: ReadonlyMap<string, number>;
}

/** A function without any setting of its own. */
export const NO_CONCURRENCY: FunctionConcurrency = { reserved: undefined, provisioned: new Map() };

/** How the allocation of one qualifier's provisioned concurrency stands, with AWS's words. */
export interface ProvisionedStatus {
  readonly status: "IN_PROGRESS" | "READY" | "FAILED";
  /** Environments that have started or are being started. */
  readonly allocated: number;
  /** Environments that can take an invocation at once or have one. */
  readonly available: number;
  /** Why it failed; undefined otherwise. */
  readonly reason: string | undefined;
}

/** Environments that a function keeps ready under all its qualifiers together. */
export function totalProvisioned(concurrency: FunctionConcurrency): number {
  let total = 0;
  for (const requested of concurrency.provisioned.values()) total += requested;
  return total;
}

/** What a function takes out of the pool that all others share. */
export function claimOf(concurrency: FunctionConcurrency): number {
  return concurrency.reserved ?? totalProvisioned(concurrency);
}
