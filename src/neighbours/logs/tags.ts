// Tags of log groups, by TagResource and its kin, and by the older operations that name the group.
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-cloudwatch-logs";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers } from "./exceptions.ts";
import { existingGroup } from "./groups.ts";
import type { LogsParts } from "./parts.ts";
import { checkTags } from "./tag-rules.ts";

async function add(
  parts: LogsParts,
  given: string | undefined,
  tags: Readonly<Record<string, string>> | undefined,
  context: RequestContext,
): Promise<object> {
  checkMembers([
    { name: "tags", value: tags === undefined ? undefined : Object.keys(tags), required: true, length: [1, 50] },
  ]);
  const group = await existingGroup(parts, given, context);
  const all = { ...group.tags, ...tags };
  checkTags(all);
  await parts.store.setTags(group.id, all);
  return {};
}

async function remove(
  parts: LogsParts,
  given: string | undefined,
  keys: readonly string[] | undefined,
  context: RequestContext,
): Promise<object> {
  const group = await existingGroup(parts, given, context);
  const removed = new Set(keys);
  const kept = Object.entries(group.tags).filter(([key]) => !removed.has(key));
  await parts.store.setTags(group.id, Object.fromEntries(kept));
  return {};
}

/** The operation; the resource is a log group's ARN. */
export function tagResource(parts: LogsParts, input: TagResourceRequest, context: RequestContext): Promise<object> {
  return add(parts, input.resourceArn, input.tags, context);
}

/** The operation; tags that are not there are no matter. */
export function untagResource(parts: LogsParts, input: UntagResourceRequest, context: RequestContext): Promise<object> {
  return remove(parts, input.resourceArn, input.tagKeys, context);
}

/** The operation. */
export async function listTagsForResource(
  parts: LogsParts,
  input: ListTagsForResourceRequest,
  context: RequestContext,
): Promise<ListTagsForResourceResponse> {
  return { tags: { ...(await existingGroup(parts, input.resourceArn, context)).tags } };
}

/** The older form of TagResource. */
export function tagLogGroup(parts: LogsParts, input: TagLogGroupRequest, context: RequestContext): Promise<object> {
  return add(parts, input.logGroupName, input.tags, context);
}

/** The older form of UntagResource. */
export function untagLogGroup(parts: LogsParts, input: UntagLogGroupRequest, context: RequestContext): Promise<object> {
  return remove(parts, input.logGroupName, input.tags, context);
}

/** The older form of ListTagsForResource. */
export async function listTagsLogGroup(
  parts: LogsParts,
  input: ListTagsLogGroupRequest,
  context: RequestContext,
): Promise<ListTagsLogGroupResponse> {
  return { tags: { ...(await existingGroup(parts, input.logGroupName, context)).tags } };
}
