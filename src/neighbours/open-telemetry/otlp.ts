// OpenTelemetry's documents in their JSON form (OTLP 1): spans of invocations and figures of metrics. Pure.
import type { Family, HistogramSample, Labels, Sample } from "../../model/metric-family.ts";

const SCOPE = { name: "hearth" };
const KIND_INTERNAL = 1;
const KIND_SERVER = 2;
const STATUS_ERROR = 2;
/** Since the start of the process. Source: OTLP, AggregationTemporality. */
const CUMULATIVE = 2;

/** What something has to say of itself. Values that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A span. Ids are hexadecimal, 32 digits of its trace and 16 of its own. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly isServer: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** In words; undefined where it went well. */
  readonly error: string | undefined;
}

/** Whose spans. */
export interface ResourceSpans {
  readonly resource: Attributes;
  readonly spans: readonly Span[];
}

function valueOf(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function attributesOf(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }],
  );
}

/** Numbers of 64 bits are strings in JSON. Times are known to the microsecond. */
const nanos = (ms: number): string => `${BigInt(Math.round(ms * 1000))}000`;

function spanOf(span: Span): object {
  const { traceId, spanId, parentSpanId, name } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: span.isServer ? KIND_SERVER : KIND_INTERNAL,
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.endMs),
    attributes: attributesOf(span.attributes),
    status: span.error === undefined ? {} : { code: STATUS_ERROR, message: span.error },
  };
}

/** An ExportTraceServiceRequest. */
export function tracesDocument(all: readonly ResourceSpans[]): object {
  return {
    resourceSpans: all.map(({ resource, spans }) => ({
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [{ scope: SCOPE, spans: spans.map(spanOf) }],
    })),
  };
}

interface MetricTimes {
  readonly startMs: number;
  readonly nowMs: number;
}

function pointOf(labels: Labels, { startMs, nowMs }: MetricTimes): object {
  return { attributes: attributesOf(labels), startTimeUnixNano: nanos(startMs), timeUnixNano: nanos(nowMs) };
}

function numberPoint({ labels, value }: Sample, times: MetricTimes): object {
  return { ...pointOf(labels, times), asDouble: value };
}

function histogramPoint({ labels, bounds, counts, sum }: HistogramSample, times: MetricTimes): object {
  return {
    ...pointOf(labels, times),
    count: String(counts.reduce((total, it) => total + it, 0)),
    sum,
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
  };
}

function metricOf(family: Family, times: MetricTimes): object {
  const { name, help: description } = family;
  const unit = /_(seconds|bytes)(?:_|$)/u.exec(name)?.[1] === "seconds" ? "s" : name.includes("_bytes") ? "By" : "1";
  const about = { name, description, unit };
  if (family.type === "histogram") {
    const dataPoints = family.samples.map((it) => histogramPoint(it, times));
    return { ...about, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } };
  }
  const dataPoints = family.samples.map((it) => numberPoint(it, times));
  if (family.type === "gauge") return { ...about, gauge: { dataPoints } };
  return { ...about, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } };
}

/** An ExportMetricsServiceRequest. Families without samples are left out. */
export function metricsDocument(resource: Attributes, families: readonly Family[], times: MetricTimes): object {
  const metrics = families.filter((it) => it.samples.length > 0).map((it) => metricOf(it, times));
  return {
    resourceMetrics: [{ resource: { attributes: attributesOf(resource) }, scopeMetrics: [{ scope: SCOPE, metrics }] }],
  };
}
