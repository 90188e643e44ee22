// RequestServiceQuotaIncrease, granted at once, and the history of what was asked for.
import type {
  GetRequestedServiceQuotaChangeRequest,
  GetRequestedServiceQuotaChangeResponse,
  ListRequestedServiceQuotaChangeHistoryByQuotaRequest,
  ListRequestedServiceQuotaChangeHistoryByQuotaResponse,
  ListRequestedServiceQuotaChangeHistoryRequest,
  ListRequestedServiceQuotaChangeHistoryResponse,
  RequestedServiceQuotaChange,
  RequestServiceQuotaIncreaseRequest,
  RequestServiceQuotaIncreaseResponse,
} from "@aws-sdk/client-service-quotas";
import { newHex } from "../../foundation/ids.ts";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers, illegalArgument, noSuchResource } from "./exceptions.ts";
import { page } from "./page.ts";
import { existingQuota, type QuotaParts, quotasOf, SERVICE_NAMES } from "./parts.ts";
import type { QuotaRequest } from "./quota-store.ts";
import { quotaArn } from "./quotas.ts";

/** Source: API reference, RequestServiceQuotaIncrease. */
const VALUE_MAX = 10_000_000_000;
/** Source: API reference, ListRequestedServiceQuotaChangeHistory: of the past 90 days. */
const REMEMBERED_MS = 90 * 86_400_000;

/** Whatever was asked for, nothing but Lambda's quotas is known. */
const SERVICE_CODE = "lambda";

function shown(parts: QuotaParts, request: QuotaRequest): RequestedServiceQuotaChange {
  const quota = existingQuota(parts, { ServiceCode: SERVICE_CODE, QuotaCode: request.quotaCode });
  const at = new Date(request.createdAtMs);
  return {
    Id: request.id,
    ServiceCode: SERVICE_CODE,
    ServiceName: SERVICE_NAMES[SERVICE_CODE],
    QuotaCode: quota.code,
    QuotaName: quota.name,
    DesiredValue: request.desiredValue,
    Status: "APPROVED",
    Created: at,
    LastUpdated: at,
    Requester: JSON.stringify({ accountId: request.accountId, callerArn: request.requesterArn }),
    QuotaArn: quotaArn({ ...request, serviceCode: SERVICE_CODE, quota }),
    GlobalQuota: false,
    Unit: quota.unit,
    QuotaRequestedAtLevel: "ACCOUNT",
  };
}

/** The operation: there is nobody to ask, so whoever runs Hearth has granted it. */
export async function requestServiceQuotaIncrease(
  parts: QuotaParts,
  input: RequestServiceQuotaIncreaseRequest,
  context: RequestContext,
): Promise<RequestServiceQuotaIncreaseResponse> {
  const quota = existingQuota(parts, input);
  const { DesiredValue: desiredValue = 0 } = input;
  checkMembers([{ name: "desiredValue", value: input.DesiredValue, required: true, range: [0, VALUE_MAX] }]);
  if (!quota.isAdjustable) throw illegalArgument("The specified quota is not adjustable.");
  if (!Number.isInteger(desiredValue)) throw illegalArgument("The quota value must be a whole number.");
  if (desiredValue <= parts.applied.valueOf(quota, context)) {
    throw illegalArgument("You must provide a quota value greater than the current quota value");
  }
  const nowMs = parts.clock.nowMs();
  const request: QuotaRequest = {
    id: newHex(20),
    accountId: context.accountId,
    region: context.region,
    quotaCode: quota.code,
    desiredValue,
    requesterArn: context.principalArn,
    createdAtMs: nowMs,
  };
  await parts.store.grant(request, nowMs - REMEMBERED_MS);
  parts.applied.grant({ ...request, value: desiredValue });
  return { RequestedQuota: shown(parts, request) };
}

/** The operation. */
export async function getRequestedServiceQuotaChange(
  parts: QuotaParts,
  input: GetRequestedServiceQuotaChangeRequest,
  context: RequestContext,
): Promise<GetRequestedServiceQuotaChangeResponse> {
  checkMembers([
    { name: "requestId", value: input.RequestId, required: true, pattern: "[0-9a-zA-Z][a-zA-Z0-9-]{1,128}" },
  ]);
  const found = (await parts.store.requests(context)).find((it) => it.id === input.RequestId);
  if (found === undefined) throw noSuchResource("The specified request does not exist.");
  return { RequestedQuota: shown(parts, found) };
}

async function history(
  parts: QuotaParts,
  input: ListRequestedServiceQuotaChangeHistoryRequest,
  context: RequestContext,
  quotaCode?: string,
): Promise<ListRequestedServiceQuotaChangeHistoryResponse> {
  const { ServiceCode: service, Status: status, QuotaRequestedAtLevel: level = "ACCOUNT" } = input;
  if (service !== undefined) quotasOf(parts, service);
  const all = (await parts.store.requests(context)).filter(
    (it) =>
      (quotaCode === undefined || it.quotaCode === quotaCode) &&
      (status === undefined || status === "APPROVED") &&
      level !== "RESOURCE",
  );
  const { items, next } = page(all, input);
  return { RequestedQuotas: items.map((it) => shown(parts, it)), ...next };
}

/** The operation; the newest first. */
export function listRequestedServiceQuotaChangeHistory(
  parts: QuotaParts,
  input: ListRequestedServiceQuotaChangeHistoryRequest,
  context: RequestContext,
): Promise<ListRequestedServiceQuotaChangeHistoryResponse> {
  return history(parts, input, context);
}

/** The operation; the newest first. */
export async function listRequestedServiceQuotaChangeHistoryByQuota(
  parts: QuotaParts,
  input: ListRequestedServiceQuotaChangeHistoryByQuotaRequest,
  context: RequestContext,
): Promise<ListRequestedServiceQuotaChangeHistoryByQuotaResponse> {
  return await history(parts, input, context, existingQuota(parts, input).code);
}
