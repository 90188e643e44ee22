// Log groups: create, describe, delete, retention.
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  PutRetentionPolicyRequest,
} from "@aws-sdk/client-cloudwatch-logs";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers, groupExists, groupNotFound } from "./exceptions.ts";
import type { LogsParts } from "./parts.ts";
import type { LogGroupRow } from "./group-store.ts";
import { page } from "./page.ts";

const NAME_PATTERN = "[\\.\\-_/#A-Za-z0-9]+";
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The group that a request names, by name or ARN. Throws ResourceNotFoundException. */
export async function existingGroup(
  parts: LogsParts,
  given: string | undefined,
  context: RequestContext,
): Promise<LogGroupRow> {
  const name = /^arn:[^:]+:logs:[^:]*:\d{12}:log-group:([^:]+)/u.exec(given ?? "")?.[1] ?? given;
  checkMembers([{ name: "logGroupName", value: name, required: true, pattern: NAME_PATTERN, length: [1, 512] }]);
  const group = await parts.store.group(context, name ?? "");
  if (group === undefined) throw groupNotFound();
  return group;
}

export async function createLogGroup(
  parts: LogsParts,
  input: CreateLogGroupRequest,
  context: RequestContext,
): Promise<object> {
  checkMembers([
    { name: "logGroupName", value: input.logGroupName, required: true, pattern: NAME_PATTERN, length: [1, 512] },
  ]);
  if (!(await parts.store.createGroup(context, input.logGroupName ?? "", input.tags ?? {}, parts.clock.nowMs())))
    throw groupExists();
  return {};
}

export async function describeLogGroups(
  parts: LogsParts,
  input: DescribeLogGroupsRequest,
  context: RequestContext,
): Promise<DescribeLogGroupsResponse> {
  checkMembers([{ name: "limit", value: input.limit, range: [1, 50] }]);
  const groups = await parts.store.groups(context, input.logGroupNamePrefix ?? "");
  const matching = groups.filter(
    (it) => input.logGroupNamePattern === undefined || it.name.includes(input.logGroupNamePattern),
  );
  const { items, nextToken } = page(matching, input.nextToken, input.limit ?? 50);
  const arn = (name: string): string => `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`;
  return {
    logGroups: items.map((it) => ({
      logGroupName: it.name,
      creationTime: it.createdAtMs,
      ...(it.retentionDays === null ? {} : { retentionInDays: it.retentionDays }),
      metricFilterCount: 0,
      arn: `${arn(it.name)}:*`,
      storedBytes: it.bytes,
      logGroupClass: "STANDARD",
      logGroupArn: arn(it.name),
    })),
    ...nextToken,
  };
}

export async function deleteLogGroup(
  parts: LogsParts,
  input: DeleteLogGroupRequest,
  context: RequestContext,
): Promise<object> {
  await parts.store.deleteGroup((await existingGroup(parts, input.logGroupName, context)).id);
  return {};
}

export async function putRetentionPolicy(
  parts: LogsParts,
  input: PutRetentionPolicyRequest,
  context: RequestContext,
): Promise<object> {
  const group = await existingGroup(parts, input.logGroupName, context);
  checkMembers([
    { name: "retentionInDays", value: input.retentionInDays, required: true, values: RETENTION_DAYS.map(String) },
  ]);
  await parts.store.setRetention(group.id, input.retentionInDays ?? null);
  return {};
}

export async function deleteRetentionPolicy(
  parts: LogsParts,
  input: DeleteRetentionPolicyRequest,
  context: RequestContext,
): Promise<object> {
  await parts.store.setRetention((await existingGroup(parts, input.logGroupName, context)).id, null);
  return {};
}
