// DescribeScalingActivities: what scaling has done in the last six weeks, the newest first.
import type {
  DescribeScalingActivitiesRequest,
  DescribeScalingActivitiesResponse,
} from "@aws-sdk/client-application-auto-scaling";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers } from "./exceptions.ts";
import { page } from "./page.ts";
import type { ScalingParts } from "./parts.ts";
import { isAsked, namespaceConstraint, resourceMembers } from "./scalable-resource.ts";

/** Source: API reference, DescribeScalingActivities. */
const RESULTS_MAX = 50;

/** The operation. */
export async function describeScalingActivities(
  parts: ScalingParts,
  input: DescribeScalingActivitiesRequest,
  context: RequestContext,
): Promise<DescribeScalingActivitiesResponse> {
  checkMembers([namespaceConstraint(input.ServiceNamespace)]);
  const all = isAsked(input) ? await parts.store.activities(context) : [];
  const asked = all.filter((it) => input.ResourceId === undefined || it.resourceId === input.ResourceId);
  const { items, next } = page(asked, input, RESULTS_MAX);
  return {
    ScalingActivities: items.map((it) => ({
      ActivityId: it.id,
      ...resourceMembers(it),
      Description: it.description,
      Cause: it.cause,
      StartTime: new Date(it.startedAtMs),
      EndTime: it.endedAtMs === undefined ? undefined : new Date(it.endedAtMs),
      StatusCode: it.status,
      StatusMessage: it.message,
    })),
    ...next,
  };
}
