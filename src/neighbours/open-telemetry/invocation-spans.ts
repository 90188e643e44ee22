// The spans of a sampled invocation: the same phases under the same ids as X-Ray's segments. Pure.
import type { Numbered } from "../../feed/feed.ts";
import { newHex } from "../../foundation/ids.ts";
import { functionArn } from "../../model/function-arn.ts";
import { spansOf, type Stretch } from "../../model/invocation.ts";
import type { Attributes, ResourceSpans, Span } from "./otlp.ts";

type Ended = Extract<Numbered, { event: "InvocationEnded" }>;
type Throttled = Extract<Numbered, { event: "InvocationThrottled" }>;

/** Source: OpenTelemetry's semantic conventions, FaaS and cloud resources. */
function resourceOf({ accountId, region, functionName, version }: Ended | Throttled): Attributes {
  return {
    "service.name": functionName,
    "cloud.provider": "aws",
    "cloud.platform": "aws_lambda",
    "cloud.account.id": accountId,
    "cloud.region": region,
    "cloud.resource_id": functionArn({ accountId, region, functionName, qualifier: undefined }),
    "faas.name": functionName,
    "faas.version": version,
  };
}

/** Spans by their resource; undefined where it is not sampled. */
export function invocationSpans(event: Ended | Throttled): ResourceSpans | undefined {
  const { segments, functionName, requestId } = event;
  if (segments === undefined) return undefined;
  // X-Ray's trace ids are OpenTelemetry's with a version and dashes.
  const traceId = segments.traceId.slice(2).replaceAll("-", "");
  const isThrottled = event.event === "InvocationThrottled";
  const error = isThrottled ? event.reason : event.functionError && (event.errorType ?? event.functionError);
  const common = { traceId, isServer: false, attributes: {}, error: undefined };
  const child = (name: string, stretch: Stretch | undefined, more: Partial<Span> = {}): readonly Span[] =>
    stretch === undefined
      ? []
      : [{ ...common, spanId: newHex(8), parentSpanId: segments.functionId, name, ...stretch, ...more }];
  const spans = isThrottled ? undefined : spansOf(event);
  const service: Span = {
    ...common,
    spanId: segments.serviceId,
    parentSpanId: segments.callerId,
    name: functionName,
    isServer: true,
    ...(spans?.service ?? { startMs: event.atMs, endMs: event.atMs }),
    attributes: {
      "faas.invocation_id": requestId,
      "faas.coldstart": isThrottled ? undefined : event.isCold,
      "aws.lambda.invoked_arn": functionArn({ ...event }),
    },
    error,
  };
  const own = { parentSpanId: segments.serviceId, spanId: segments.functionId, error };
  return {
    resource: resourceOf(event),
    spans: [
      service,
      ...child("function", spans?.function, own),
      ...child("Initialization", spans?.initialization),
      ...child("Invocation", spans?.invocation, { error }),
      ...child("Overhead", spans?.overhead),
    ],
  };
}
