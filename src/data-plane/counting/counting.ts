// The counting service: how many invocations are in flight in each account and region; admits or throttles.

/** Default of AWS's account pool. Source: Lambda quotas. */
export const CONCURRENT_EXECUTIONS_DEFAULT = 1000;

/** The answer to a request for one more execution. An admission is given back by disposing it. */
export type Admission =
  | ({ readonly outcome: "admitted" } & Disposable)
  | ({ readonly outcome: "throttled"; readonly reason: "ConcurrentInvocationLimitExceeded" } & Disposable);

/** Counts what is in flight. Initialising counts: AWS throttles while a thousand cold starts are under way. */
export interface Counting {
  admit(accountId: string, region: string): Admission;
  inFlight(accountId: string, region: string): number;
}

/** `limit` is each account's pool in each region. */
export function createCounting(limit: number = CONCURRENT_EXECUTIONS_DEFAULT): Counting {
  const counts = new Map<string, number>();
  const nothing = (): void => undefined;
  return {
    admit(accountId, region) {
      const pool = `${accountId}/${region}`;
      const count = counts.get(pool) ?? 0;
      if (count >= limit) {
        return { outcome: "throttled", reason: "ConcurrentInvocationLimitExceeded", [Symbol.dispose]: nothing };
      }
      counts.set(pool, count + 1);
      let isHeld = true;
      return {
        outcome: "admitted",
        [Symbol.dispose]() {
          if (!isHeld) return;
          isHeld = false;
          const left = (counts.get(pool) ?? 1) - 1;
          if (left === 0) counts.delete(pool);
          else counts.set(pool, left);
        },
      };
    },
    inFlight: (accountId, region) => counts.get(`${accountId}/${region}`) ?? 0,
  };
}
