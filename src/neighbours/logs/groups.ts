// Log groups: create, describe, delete, retention.
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  ListLogGroupsRequest,
  ListLogGroupsResponse,
  PutRetentionPolicyRequest,
} from "@aws-sdk/client-cloudwatch-logs";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers, groupExists, groupNotFound, invalidParameter } from "./exceptions.ts";
import type { LogsParts } from "./parts.ts";
import type { LogGroupRow } from "./logs-store/group-store.ts";
import { page } from "./page.ts";
import { checkTags } from "./tag-rules.ts";

const NAME_PATTERN = "[\\.\\-_/#A-Za-z0-9]+";
const GROUP_CLASSES = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** A group's name out of its name or its ARN. */
function nameIn(given: string | undefined): string | undefined {
  return /^arn:[^:]+:logs:[^:]*:\d{12}:log-group:([^:]+)(?::\*)?$/u.exec(given ?? "")?.[1] ?? given;
}

/** The group that a request names, by name or ARN. Throws ResourceNotFoundException. */
export async function existingGroup(
  parts: LogsParts,
  given: string | undefined,
  context: RequestContext,
): Promise<LogGroupRow> {
  const name = nameIn(given);
  checkMembers([{ name: "logGroupName", value: name, required: true, pattern: NAME_PATTERN, length: [1, 512] }]);
  const group = await parts.store.group(context, name ?? "");
  if (group === undefined) throw groupNotFound();
  return group;
}

/** A log group's ARN. AWS shows it with `:*` behind it too, which means the group and all of its streams. */
export function groupArn(context: RequestContext, name: string): string {
  return `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`;
}

export async function createLogGroup(
  parts: LogsParts,
  input: CreateLogGroupRequest,
  context: RequestContext,
): Promise<object> {
  const { logGroupName = "", tags = {} } = input;
  checkMembers([
    { name: "logGroupName", value: input.logGroupName, required: true, pattern: NAME_PATTERN, length: [1, 512] },
    { name: "logGroupClass", value: input.logGroupClass, values: GROUP_CLASSES },
  ]);
  checkTags(tags);
  if (!(await parts.store.createGroup(context, logGroupName, tags, parts.clock.nowMs()))) throw groupExists();
  return {};
}

/** Each group that a request names, by name or ARN; those that are not there are left out. */
async function namedGroups(parts: LogsParts, names: readonly string[], context: RequestContext) {
  const found: LogGroupRow[] = [];
  for (const given of names) {
    const group = await parts.store.group(context, nameIn(given) ?? "");
    if (group !== undefined) found.push(group);
  }
  return found;
}

export async function describeLogGroups(
  parts: LogsParts,
  input: DescribeLogGroupsRequest,
  context: RequestContext,
): Promise<DescribeLogGroupsResponse> {
  const { logGroupNamePrefix, logGroupNamePattern, logGroupIdentifiers, logGroupClass = "STANDARD" } = input;
  checkMembers([
    { name: "logGroupIdentifiers", value: logGroupIdentifiers, length: [1, 50] },
    { name: "logGroupNamePrefix", value: logGroupNamePrefix, pattern: NAME_PATTERN, length: [1, 512] },
    { name: "logGroupNamePattern", value: logGroupNamePattern, pattern: "[\\.\\-_/#A-Za-z0-9]*", length: [0, 512] },
    { name: "limit", value: input.limit, range: [1, 50] },
    { name: "logGroupClass", value: input.logGroupClass, values: GROUP_CLASSES },
  ]);
  if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined) {
    throw invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  const groups =
    logGroupIdentifiers === undefined
      ? await parts.store.groups(context, logGroupNamePrefix ?? "")
      : await namedGroups(parts, logGroupIdentifiers, context);
  // Every group here is of the standard class.
  const matching = groups.filter((it) => logGroupClass === "STANDARD" && it.name.includes(logGroupNamePattern ?? ""));
  const { items, nextToken } = page(matching, input.nextToken, input.limit ?? 50);
  return {
    logGroups: items.map((it) => ({
      logGroupName: it.name,
      creationTime: it.createdAtMs,
      ...(it.retentionDays === null ? {} : { retentionInDays: it.retentionDays }),
      metricFilterCount: 0,
      arn: `${groupArn(context, it.name)}:*`,
      storedBytes: it.bytes,
      logGroupClass: "STANDARD",
      logGroupArn: groupArn(context, it.name),
    })),
    ...nextToken,
  };
}

/** A pattern of ListLogGroups: substrings joined by `|`, each bound to the name's beginning by `^`. */
function matchesNames(pattern: string): (name: string) => boolean {
  const wanted = pattern.split("|");
  return (name) => wanted.some((it) => (it.startsWith("^") ? name.startsWith(it.slice(1)) : name.includes(it)));
}

export async function listLogGroups(
  parts: LogsParts,
  input: ListLogGroupsRequest,
  context: RequestContext,
): Promise<ListLogGroupsResponse> {
  const { logGroupNamePattern = "", logGroupClass = "STANDARD" } = input;
  checkMembers([
    { name: "logGroupNamePattern", value: input.logGroupNamePattern, length: [3, 129] },
    { name: "logGroupClass", value: input.logGroupClass, values: GROUP_CLASSES },
    { name: "limit", value: input.limit, range: [1, 1000] },
  ]);
  const matches = matchesNames(logGroupNamePattern);
  const groups = logGroupClass === "STANDARD" ? await parts.store.groups(context, "") : [];
  const matching = groups.filter((it) => matches(it.name));
  const { items, nextToken } = page(matching, input.nextToken, input.limit ?? 50);
  return {
    logGroups: items.map((it) => ({
      logGroupName: it.name,
      logGroupArn: groupArn(context, it.name),
      logGroupClass: "STANDARD",
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
