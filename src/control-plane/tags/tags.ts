// TagResource, UntagResource and ListTags, on functions.
import type {
  ListTagsRequest,
  ListTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";
import { type Constraint, validate } from "../../model/validation.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { checkTags } from "./tag-rules.ts";

/** Source: the service's model, TaggableResource. */
const RESOURCE_PATTERN =
  "arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})";

function resourceConstraint(value: string | undefined): Constraint {
  return { name: "resource", value, required: true, pattern: RESOURCE_PATTERN, length: [1, 256] };
}

function addressOf(
  parts: ControlPlaneParts,
  arn: string | undefined,
  context: RequestContext,
  action: string,
): ResolvedAddress {
  const address = resolveAddress({ FunctionName: arn }, context, action);
  if (address.qualifier !== undefined) {
    throw invalidParameter(
      "Tagging operations are permitted on Lambda functions only. Tags on aliases and versions are not supported. Please specify either a function name or a function ARN.",
    );
  }
  existing(parts, address);
  return address;
}

/** Adds or replaces tags. */
export async function tagResource(
  parts: ControlPlaneParts,
  input: TagResourceRequest,
  context: RequestContext,
): Promise<object> {
  validate([resourceConstraint(input.Resource), { name: "tags", value: input.Tags, required: true }]);
  const address = addressOf(parts, input.Resource, context, "lambda:TagResource");
  const added = input.Tags ?? {};
  if (Object.keys(added).length === 0) throw invalidParameter("An error occurred and the request cannot be processed.");
  await parts.serially(address, async () => {
    const tags = { ...(await parts.functions.tags(address)), ...added };
    checkTags(tags);
    await parts.functions.setTags(address, tags);
  });
  return {};
}

/** Removes tags; those that are not there are no matter. */
export async function untagResource(
  parts: ControlPlaneParts,
  input: UntagResourceRequest,
  context: RequestContext,
): Promise<object> {
  validate([resourceConstraint(input.Resource), { name: "tagKeys", value: input.TagKeys, required: true }]);
  const address = addressOf(parts, input.Resource, context, "lambda:UntagResource");
  const removed = new Set(input.TagKeys ?? []);
  await parts.serially(address, async () => {
    const tags = await parts.functions.tags(address);
    await parts.functions.setTags(
      address,
      Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
    );
  });
  return {};
}

/** All tags of a function. */
export async function listTags(
  parts: ControlPlaneParts,
  input: ListTagsRequest,
  context: RequestContext,
): Promise<ListTagsResponse> {
  validate([resourceConstraint(input.Resource)]);
  const address = addressOf(parts, input.Resource, context, "lambda:ListTags");
  return { Tags: { ...(await parts.functions.tags(address)) } };
}
