// TagResource, UntagResource and ListTagsForResource, on scalable targets.
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-application-auto-scaling";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers, resourceNotFound } from "./exceptions.ts";
import type { ScalingParts } from "./parts.ts";
import type { ScalableTarget } from "./scaling-records.ts";
import { checkTags } from "./tag-rules.ts";

async function targetByArn(
  parts: ScalingParts,
  arn: string | undefined,
  context: RequestContext,
): Promise<ScalableTarget> {
  checkMembers([{ name: "resourceARN", value: arn, required: true, length: [1, 1011] }]);
  const found = (await parts.store.targets(context)).find((it) => it.arn === arn);
  if (found === undefined) throw resourceNotFound(arn ?? "");
  return found;
}

/** Changes the tags of a target as it is when its turn comes. */
async function change(
  parts: ScalingParts,
  arn: string | undefined,
  context: RequestContext,
  changed: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<object> {
  const found = await targetByArn(parts, arn, context);
  await parts.serially(found, async () => {
    const target = await targetByArn(parts, arn, context);
    const tags = changed(target.tags);
    checkTags(target.arn, tags);
    await parts.store.putTarget({ ...target, tags });
  });
  return {};
}

/** Adds or replaces tags. */
export function tagResource(parts: ScalingParts, input: TagResourceRequest, context: RequestContext): Promise<object> {
  checkMembers([{ name: "tags", value: input.Tags, required: true }]);
  return change(parts, input.ResourceARN, context, (tags) => ({ ...tags, ...input.Tags }));
}

/** Removes tags; those that are not there are no matter. */
export function untagResource(
  parts: ScalingParts,
  input: UntagResourceRequest,
  context: RequestContext,
): Promise<object> {
  checkMembers([{ name: "tagKeys", value: input.TagKeys, required: true }]);
  const removed = new Set(input.TagKeys);
  return change(parts, input.ResourceARN, context, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
  );
}

/** All tags of a target. */
export async function listTagsForResource(
  parts: ScalingParts,
  input: ListTagsForResourceRequest,
  context: RequestContext,
): Promise<ListTagsForResourceResponse> {
  return { Tags: { ...(await targetByArn(parts, input.ResourceARN, context)).tags } };
}
