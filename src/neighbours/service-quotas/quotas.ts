// ListServices, and the quotas themselves: AWS's defaults and what is in force for an account.
import type {
  GetAWSDefaultServiceQuotaRequest,
  GetAWSDefaultServiceQuotaResponse,
  GetServiceQuotaRequest,
  GetServiceQuotaResponse,
  ListAWSDefaultServiceQuotasRequest,
  ListAWSDefaultServiceQuotasResponse,
  ListServiceQuotasRequest,
  ListServiceQuotasResponse,
  ListServicesRequest,
  ListServicesResponse,
  ServiceQuota,
} from "@aws-sdk/client-service-quotas";
import type { RequestContext } from "../../model/operation.ts";
import type { PublishedQuota } from "./lambda-quotas.ts";
import { page } from "./page.ts";
import { existingQuota, type QuotaParts, quotasOf, SERVICE_NAMES } from "./parts.ts";

interface Shown {
  readonly serviceCode: string;
  readonly quota: PublishedQuota;
  readonly region: string;
  /** Empty for a default, which is no account's. */
  readonly accountId: string;
  readonly value: number;
}

/** `arn:aws:servicequotas:us-east-1:111122223333:lambda/L-B99A9384`. */
export function quotaArn({ region, accountId, serviceCode, quota }: Omit<Shown, "value">): string {
  return `arn:aws:servicequotas:${region}:${accountId}:${serviceCode}/${quota.code}`;
}

function toServiceQuota(shown: Shown): ServiceQuota {
  const { serviceCode, quota, accountId, value } = shown;
  return {
    ServiceCode: serviceCode,
    ServiceName: SERVICE_NAMES[serviceCode],
    QuotaArn: quotaArn(shown),
    QuotaCode: quota.code,
    QuotaName: quota.name,
    Value: value,
    Unit: quota.unit,
    Adjustable: quota.isAdjustable,
    GlobalQuota: false,
    ...quota.more,
    ...(accountId === "" ? {} : { QuotaAppliedAtLevel: "ACCOUNT" as const }),
  };
}

function applied(parts: QuotaParts, serviceCode: string, quota: PublishedQuota, context: RequestContext): ServiceQuota {
  const { accountId, region } = context;
  return toServiceQuota({ serviceCode, quota, accountId, region, value: parts.applied.valueOf(quota, context) });
}

function byDefault(serviceCode: string, quota: PublishedQuota, { region }: RequestContext): ServiceQuota {
  return toServiceQuota({ serviceCode, quota, accountId: "", region, value: quota.value });
}

/** The operation. */
export function listServices(_parts: QuotaParts, input: ListServicesRequest): Promise<ListServicesResponse> {
  const all = Object.entries(SERVICE_NAMES).map(([ServiceCode, ServiceName]) => ({ ServiceCode, ServiceName }));
  const { items, next } = page(all, input);
  return Promise.resolve({ Services: items, ...next });
}

/** The operation; every quota is the account's, none a single resource's. */
export function listServiceQuotas(
  parts: QuotaParts,
  input: ListServiceQuotasRequest,
  context: RequestContext,
): Promise<ListServiceQuotasResponse> {
  const { ServiceCode = "", QuotaCode, QuotaAppliedAtLevel = "ACCOUNT" } = input;
  const all = quotasOf(parts, input.ServiceCode).filter(
    (it) => (QuotaCode === undefined || it.code === QuotaCode) && QuotaAppliedAtLevel !== "RESOURCE",
  );
  const { items, next } = page(all, input);
  return Promise.resolve({ Quotas: items.map((it) => applied(parts, ServiceCode, it, context)), ...next });
}

/** The operation. */
export function getServiceQuota(
  parts: QuotaParts,
  input: GetServiceQuotaRequest,
  context: RequestContext,
): Promise<GetServiceQuotaResponse> {
  const quota = existingQuota(parts, input);
  return Promise.resolve({ Quota: applied(parts, input.ServiceCode ?? "", quota, context) });
}

/** The operation. */
export function getAWSDefaultServiceQuota(
  parts: QuotaParts,
  input: GetAWSDefaultServiceQuotaRequest,
  context: RequestContext,
): Promise<GetAWSDefaultServiceQuotaResponse> {
  const quota = existingQuota(parts, input);
  return Promise.resolve({ Quota: byDefault(input.ServiceCode ?? "", quota, context) });
}

/** The operation. */
export function listAWSDefaultServiceQuotas(
  parts: QuotaParts,
  input: ListAWSDefaultServiceQuotasRequest,
  context: RequestContext,
): Promise<ListAWSDefaultServiceQuotasResponse> {
  const { items, next } = page(quotasOf(parts, input.ServiceCode), input);
  return Promise.resolve({ Quotas: items.map((it) => byDefault(input.ServiceCode ?? "", it, context)), ...next });
}
