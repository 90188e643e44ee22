// What Service Quotas' operations stand on.
import type { Clock } from "../../foundation/clock.ts";
import type { AppliedQuotas } from "./applied-quotas.ts";
import { checkMembers, noSuchQuota, noSuchService } from "./exceptions.ts";
import type { PublishedQuota } from "./lambda-quotas.ts";
import type { QuotaStore } from "./quota-store.ts";

/** Passed to every operation. */
export interface QuotaParts {
  readonly store: QuotaStore;
  readonly applied: AppliedQuotas;
  readonly clock: Clock;
}

/** Names of the services whose quotas are known. */
export const SERVICE_NAMES: Readonly<Record<string, string>> = { lambda: "AWS Lambda" };

/** The quotas of the service that a request names. Throws IllegalArgumentException or NoSuchResourceException. */
export function quotasOf(parts: QuotaParts, serviceCode: string | undefined): readonly PublishedQuota[] {
  checkMembers([
    { name: "serviceCode", value: serviceCode, required: true, pattern: "[a-zA-Z][a-zA-Z0-9-]{1,63}", length: [1, 63] },
  ]);
  const found = parts.applied.published(serviceCode ?? "");
  if (found === undefined) throw noSuchService();
  return found;
}

/** The quota that a request names. Throws IllegalArgumentException or NoSuchResourceException. */
export function existingQuota(
  parts: QuotaParts,
  { ServiceCode, QuotaCode }: { readonly ServiceCode?: string | undefined; readonly QuotaCode?: string | undefined },
): PublishedQuota {
  const all = quotasOf(parts, ServiceCode);
  checkMembers([
    { name: "quotaCode", value: QuotaCode, required: true, pattern: "[a-zA-Z][a-zA-Z0-9-]{1,128}", length: [1, 128] },
  ]);
  const found = all.find((it) => it.code === QuotaCode);
  if (found === undefined) throw noSuchQuota();
  return found;
}
