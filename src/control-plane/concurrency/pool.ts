// The account's pool as its functions share it, and the one queue in which they take of it.
import { claimOf } from "../../model/concurrency.ts";
import { functionKey } from "../../model/function-version.ts";
import type { ControlPlaneParts } from "../parts.ts";
import type { Pool } from "./concurrency-rules.ts";

interface Key {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
}

/** The pool as a function sees it. */
function poolOf(parts: ControlPlaneParts, key: Key): Pool {
  const others = parts.publication
    .functions(key.accountId, key.region)
    .filter((it) => functionKey(it) !== functionKey(key));
  return {
    limit: parts.limits.concurrentExecutions(key.accountId, key.region),
    claimedByOthers: others.reduce((sum, it) => sum + claimOf(parts.publication.concurrency(it)), 0),
  };
}

/**
 * Runs a change that may take of the pool, alone in its function and in its account and region: what is checked still
 * holds when it is published. The function's queue always comes first, so that no two wait for each other.
 */
export function inPool<T>(parts: ControlPlaneParts, key: Key, change: (pool: () => Pool) => Promise<T>): Promise<T> {
  return parts.serially(key, () =>
    parts.serially({ ...key, functionName: "" }, () => change(() => poolOf(parts, key))),
  );
}
