// The segments that Lambda itself writes of a sampled invocation: the service's, and the function's with its phases. Pure.
import type { Numbered } from "../../feed/feed.ts";
import { newHex } from "../../foundation/ids.ts";
import { functionArn } from "../../model/function-arn.ts";
import { spansOf, type Stretch } from "../../model/invocation.ts";
import type { SegmentDocument } from "./segment-document.ts";

type Ended = Extract<Numbered, { event: "InvocationEnded" }>;
type Throttled = Extract<Numbered, { event: "InvocationThrottled" }>;

const timesOf = ({ startMs, endMs }: Stretch) => ({ start_time: startMs / 1000, end_time: endMs / 1000 });

function subsegment(name: string, stretch: Stretch | undefined): readonly object[] {
  return stretch === undefined ? [] : [{ id: newHex(8), name, ...timesOf(stretch) }];
}

/** Source: X-Ray Developer Guide, "AWS Lambda and AWS X-Ray"; Lambda Developer Guide, "Understanding X-Ray traces". */
export function lambdaSegments(event: Ended | Throttled): readonly SegmentDocument[] {
  const { segments, functionName: name, accountId, region, qualifier, requestId } = event;
  if (segments === undefined) return [];
  const { traceId, callerId, serviceId, functionId } = segments;
  const arn = functionArn({ accountId, region, functionName: name, qualifier });
  const service = {
    id: serviceId,
    trace_id: traceId,
    ...(callerId === undefined ? {} : { parent_id: callerId }),
    name,
    origin: "AWS::Lambda",
    resource_arn: arn,
    aws: { request_id: requestId },
  };
  if (event.event === "InvocationThrottled") {
    const at = event.atMs / 1000;
    const outcome = { error: true, throttle: true, http: { response: { status: 429 } } };
    return [{ ...service, start_time: at, end_time: at, ...outcome }];
  }
  const spans = spansOf(event);
  const isFault = event.functionError !== undefined;
  const cause = { exceptions: [{ id: newHex(8), type: event.errorType ?? "Error", message: "" }] };
  const fault = isFault ? { fault: true, cause } : {};
  const whole: SegmentDocument = {
    ...service,
    ...timesOf(spans.service),
    http: { response: { status: 200 } },
    ...fault,
  };
  if (spans.function === undefined) return [whole];
  const ofFunction: SegmentDocument = {
    id: functionId,
    trace_id: traceId,
    parent_id: serviceId,
    name,
    origin: "AWS::Lambda::Function",
    resource_arn: arn,
    ...timesOf(spans.function),
    ...fault,
    aws: { account_id: accountId, function_arn: arn, resource_names: [name] },
    subsegments: [
      ...subsegment("Initialization", spans.initialization),
      ...subsegment("Invocation", spans.invocation).map((it) => ({ ...it, ...fault })),
      ...subsegment("Overhead", spans.overhead),
    ],
  };
  return [whole, ofFunction];
}
