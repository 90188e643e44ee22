// Service Quotas: what an account may have of Lambda, and raising it.
import type { Clock } from "../../foundation/clock.ts";
import type { AccountLimits } from "../../model/account-limits.ts";
import { type Operation, operation, type RequestContext, type Service } from "../../model/operation.ts";
import { createAppliedQuotas } from "./applied-quotas.ts";
import {
  getRequestedServiceQuotaChange,
  listRequestedServiceQuotaChangeHistory,
  listRequestedServiceQuotaChangeHistoryByQuota,
  requestServiceQuotaIncrease,
} from "./increases.ts";
import type { QuotaParts } from "./parts.ts";
import type { QuotaStore } from "./quota-store.ts";
import {
  getAWSDefaultServiceQuota,
  getServiceQuota,
  listAWSDefaultServiceQuotas,
  listServiceQuotas,
  listServices,
} from "./quotas.ts";

/** The service, and what it knows for others to hold to. */
export interface ServiceQuotas {
  readonly service: Service;
  /** Defaults until `start`, then what is in force. */
  readonly limits: AccountLimits;
  /** Reads what was granted before. */
  start(): Promise<void>;
  /** Forgets everything that was granted. */
  reset(): Promise<void>;
}

/** Service Quotas over its store; `concurrentExecutions` is what every account has unless it was granted more. */
export function createServiceQuotas(deps: {
  readonly store: QuotaStore;
  readonly clock: Clock;
  readonly concurrentExecutions: number;
}): ServiceQuotas {
  const applied = createAppliedQuotas(deps.concurrentExecutions);
  const parts: QuotaParts = { store: deps.store, clock: deps.clock, applied };
  const on = <Input, Output extends object>(
    handler: (parts: QuotaParts, input: Input, context: RequestContext) => Promise<Output>,
  ): Operation => operation((input: Input, context) => handler(parts, input, context));
  return {
    limits: applied,
    service: {
      name: "servicequotas",
      operations: {
        ListServices: on(listServices),
        ListServiceQuotas: on(listServiceQuotas),
        GetServiceQuota: on(getServiceQuota),
        GetAWSDefaultServiceQuota: on(getAWSDefaultServiceQuota),
        ListAWSDefaultServiceQuotas: on(listAWSDefaultServiceQuotas),
        RequestServiceQuotaIncrease: on(requestServiceQuotaIncrease),
        GetRequestedServiceQuotaChange: on(getRequestedServiceQuotaChange),
        ListRequestedServiceQuotaChangeHistory: on(listRequestedServiceQuotaChangeHistory),
        ListRequestedServiceQuotaChangeHistoryByQuota: on(listRequestedServiceQuotaChangeHistoryByQuota),
      },
    },
    async start() {
      for (const granted of await deps.store.granted()) applied.grant(granted);
    },
    async reset() {
      await deps.store.reset();
      applied.clear();
    },
  };
}
