// The quotas in force, in memory: defaults, and over them what was granted.
import type { AccountLimits } from "../../model/account-limits.ts";
import { CONCURRENT_EXECUTIONS_CODE, lambdaQuotas, type PublishedQuota } from "./lambda-quotas.ts";
import type { GrantedQuota, QuotaScope } from "./quota-store.ts";

/** What is in force where. */
export interface AppliedQuotas extends AccountLimits {
  /** The quotas of a service that AWS publishes; undefined for a service that is not known here. */
  published(serviceCode: string): readonly PublishedQuota[] | undefined;
  valueOf(quota: PublishedQuota, scope: QuotaScope): number;
  /** A lower value than the one in force changes nothing. */
  grant(granted: GrantedQuota): void;
  clear(): void;
}

/** Nothing granted yet. */
export function createAppliedQuotas(concurrentExecutions: number): AppliedQuotas {
  const lambda = lambdaQuotas(concurrentExecutions);
  const granted = new Map<string, number>();
  const nameOf = (scope: QuotaScope, code: string): string => `${scope.accountId}/${scope.region}/${code}`;
  return {
    published: (serviceCode) => (serviceCode === "lambda" ? lambda : undefined),
    valueOf: (quota, scope) => granted.get(nameOf(scope, quota.code)) ?? quota.value,
    grant(it) {
      const name = nameOf(it, it.quotaCode);
      granted.set(name, Math.max(it.value, granted.get(name) ?? 0));
    },
    clear: () => granted.clear(),
    concurrentExecutions: (accountId, region) =>
      granted.get(nameOf({ accountId, region }, CONCURRENT_EXECUTIONS_CODE)) ?? concurrentExecutions,
  };
}
