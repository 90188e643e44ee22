// What the platform says in a function's log: one event type after AWS's Telemetry API, shown as text or as JSON. Pure.
import { unreachable } from "../../foundation/fault.ts";
import { parseTraceHeader } from "../../model/trace-header.ts";

/** How a phase or an invocation ended. */
export type PhaseStatus =
  | { readonly status: "success" }
  | { readonly status: "timeout" }
  | { readonly status: "error"; readonly errorType: string };

/** A stretch of time within a phase. */
export interface Span {
  readonly name: "responseLatency" | "responseDuration" | "runtimeOverhead" | "extensionOverhead";
  readonly startMs: number;
  readonly durationMs: number;
}

/** What a trace header says, as AWS tells it of an invocation that is sampled. */
export interface Tracing {
  readonly type: "X-Amzn-Trace-Id";
  readonly value: string;
}

/** The phase in which an initialisation ran: its own, or inside the first invocation. */
export type InitPhase = "init" | "invoke";

/** The events, under the Telemetry API's names (schema 2022-12-13). Durations in milliseconds. */
export type PlatformEvent =
  | {
      readonly type: "initStart";
      readonly phase: InitPhase;
      readonly initializationType: string;
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
      readonly functionName: string;
      readonly functionVersion: string;
      readonly instanceId: string;
      readonly memoryMiB: number;
    }
  | {
      readonly type: "initReport";
      readonly phase: InitPhase;
      readonly initializationType: string;
      readonly durationMs: number;
      readonly outcome: PhaseStatus;
    }
  | {
      readonly type: "initRuntimeDone";
      readonly phase: InitPhase;
      readonly initializationType: string;
      readonly outcome: PhaseStatus;
    }
  | {
      readonly type: "start";
      readonly requestId: string;
      readonly version: string;
      readonly tracing: Tracing | undefined;
    }
  | Restore
  | RuntimeDone
  | Report
  | {
      readonly type: "extension";
      readonly name: string;
      readonly state: string;
      readonly events: readonly string[];
      readonly errorType: string | undefined;
    }
  | {
      /** The second is the Logs API's. */
      readonly type: "telemetrySubscription" | "logsSubscription";
      readonly name: string;
      readonly state: "Subscribed";
      readonly types: readonly string[];
    }
  /** Hearth's own word to the user, where AWS has none. */
  | { readonly type: "note"; readonly text: string };

/** What was initialised ahead becomes an environment: its start, what the runtime did, and the whole. */
export type Restore =
  | {
      readonly type: "restoreStart";
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
      readonly functionName: string;
      readonly functionVersion: string;
      readonly instanceId: string;
      readonly memoryMiB: number;
    }
  | { readonly type: "restoreRuntimeDone"; readonly outcome: PhaseStatus }
  | { readonly type: "restoreReport"; readonly durationMs: number; readonly outcome: PhaseStatus };

/** The runtime has answered; extensions may still be at work. */
export interface RuntimeDone {
  readonly type: "runtimeDone";
  readonly requestId: string;
  readonly durationMs: number;
  readonly producedBytes: number;
  readonly outcome: PhaseStatus;
  readonly spans: readonly Span[];
  readonly tracing: Tracing | undefined;
}

/** What stands under an invocation. */
export interface Report {
  readonly type: "report";
  readonly requestId: string;
  readonly durationMs: number;
  /** Only for the first invocation of an environment whose initialisation went well. */
  readonly initMs: number | undefined;
  /** Only for the first invocation after a restore. */
  readonly restoreMs: number | undefined;
  readonly memoryMiB: number;
  readonly peakMemoryBytes: number;
  readonly outcome: PhaseStatus;
  readonly spans: readonly Span[];
  readonly tracing: Tracing | undefined;
}

/** How the lines look. */
export interface LineForm {
  readonly logFormat: string;
  readonly systemLogLevel: string | undefined;
}

const ms = (value: number): string => value.toFixed(2);
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** Whole megabytes, never above what the function has. */
export function maxMemoryUsedMiB(peakMemoryBytes: number, memoryMiB: number): number {
  return Math.min(memoryMiB, Math.max(1, Math.round(peakMemoryBytes / 1_048_576)));
}

/** Whole milliseconds, at least one; initialisation is billed too. Source: AWS Compute Blog, INIT billing, August 2025. */
export function billedMs(report: Pick<Report, "durationMs" | "initMs">): number {
  return Math.max(1, Math.ceil(report.durationMs + (report.initMs ?? 0)));
}

function statusFields(outcome: PhaseStatus): string[] {
  if (outcome.status === "success") return [];
  const status = `Status: ${outcome.status}`;
  return outcome.status === "error" ? [status, `Error Type: ${outcome.errorType}`] : [status];
}

/** A sampled invocation's trace stands in the event of its REPORT, on a line of its own. */
function xRayText(tracing: Tracing | undefined): string {
  if (tracing === undefined) return "";
  const { root = "", parent = "" } = parseTraceHeader(tracing.value);
  return `XRAY TraceId: ${root}\tSegmentId: ${parent}\tSampled: true\t\n`;
}

function reportText(report: Report): string {
  const fields = [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${ms(report.durationMs)} ms`,
    `Billed Duration: ${billedMs(report)} ms`,
    `Memory Size: ${report.memoryMiB} MB`,
    `Max Memory Used: ${maxMemoryUsedMiB(report.peakMemoryBytes, report.memoryMiB)} MB`,
    ...(report.initMs === undefined ? [] : [`Init Duration: ${ms(report.initMs)} ms`]),
    ...(report.restoreMs === undefined
      ? []
      : [`Restore Duration: ${ms(report.restoreMs)} ms`, `Billed Restore Duration: ${Math.ceil(report.restoreMs)} ms`]),
    ...statusFields(report.outcome),
  ];
  return `${fields.join("\t")}\t\n${xRayText(report.tracing)}`;
}

/** Lines of the text form; an initialisation that went well says nothing at its end. */
function asText(event: PlatformEvent): readonly string[] {
  switch (event.type) {
    case "initStart":
      // A container image has no runtime version.
      if (event.runtimeVersion === "") return [];
      return [`INIT_START Runtime Version: ${event.runtimeVersion}\tRuntime Version ARN: ${event.runtimeVersionArn}\n`];
    case "initReport": {
      const isSilent = event.outcome.status === "success" && event.initializationType === "on-demand";
      const fields = [`INIT_REPORT Init Duration: ${ms(event.durationMs)} ms`, `Phase: ${event.phase}`];
      return isSilent ? [] : [`${[...fields, ...statusFields(event.outcome)].join("\t")}\n`];
    }
    case "restoreStart":
      return [
        `RESTORE_START Runtime Version: ${event.runtimeVersion}\tRuntime Version ARN: ${event.runtimeVersionArn}\n`,
      ];
    case "restoreRuntimeDone":
      return [];
    case "restoreReport":
      return [
        `${[`RESTORE_REPORT Restore Duration: ${ms(event.durationMs)} ms`, ...statusFields(event.outcome)].join("\t")}\n`,
      ];
    case "start":
      return [`START RequestId: ${event.requestId} Version: ${event.version}\n`];
    case "report":
      return [`END RequestId: ${event.requestId}\n`, reportText(event)];
    case "initRuntimeDone":
    case "runtimeDone":
      return [];
    case "extension": {
      const { name, state, events, errorType } = event;
      const fields = [`EXTENSION\tName: ${name}`, `State: ${state}`, `Events: [${events.join(", ")}]`];
      return [`${[...fields, ...(errorType === undefined ? [] : [`Error Type: ${errorType}`])].join("\t")}\n`];
    }
    case "telemetrySubscription":
    case "logsSubscription": {
      const label = event.type === "logsSubscription" ? "LOGS" : "TELEMETRY";
      const types = event.types.map((it) => it.charAt(0).toUpperCase() + it.slice(1)).join(", ");
      return [`${label}\tName: ${event.name}\tState: ${event.state}\tTypes: [${types}]\n`];
    }
    case "note":
      return [`HEARTH ${event.text}\n`];
    default:
      return unreachable(event);
  }
}

function spansOf(spans: readonly Span[]): object {
  if (spans.length === 0) return {};
  const shown = spans.map(({ name, startMs, durationMs }) => {
    return { name, start: new Date(startMs).toISOString(), durationMs: rounded(durationMs) };
  });
  return { spans: shown };
}

const tracingOf = (tracing: Tracing | undefined): object => (tracing === undefined ? {} : { tracing });

function reportRecord(report: Report): object {
  return {
    requestId: report.requestId,
    metrics: {
      durationMs: rounded(report.durationMs),
      billedDurationMs: billedMs(report),
      memorySizeMB: report.memoryMiB,
      maxMemoryUsedMB: maxMemoryUsedMiB(report.peakMemoryBytes, report.memoryMiB),
      ...(report.initMs === undefined ? {} : { initDurationMs: rounded(report.initMs) }),
      ...(report.restoreMs === undefined ? {} : { restoreDurationMs: rounded(report.restoreMs) }),
    },
    ...report.outcome,
    ...spansOf(report.spans),
    ...tracingOf(report.tracing),
  };
}

function runtimeDoneRecord({ requestId, durationMs, producedBytes, outcome, spans, tracing }: RuntimeDone): object {
  const metrics = { durationMs: rounded(durationMs), producedBytes };
  return { requestId, ...outcome, metrics, ...spansOf(spans), ...tracingOf(tracing) };
}

/** What an event says, as the Telemetry API and JSON logs show it. */
export function recordOf(event: PlatformEvent): object {
  switch (event.type) {
    case "initStart":
    case "restoreStart": {
      const { type: _type, memoryMiB, ...record } = event;
      return { ...record, instanceMaxMemory: memoryMiB * 1_048_576 };
    }
    case "initReport": {
      const { initializationType, phase, outcome, durationMs } = event;
      return { initializationType, phase, ...outcome, metrics: { durationMs: rounded(durationMs) } };
    }
    case "initRuntimeDone": {
      const { initializationType, phase, outcome } = event;
      return { initializationType, phase, ...outcome };
    }
    case "restoreRuntimeDone":
      return { ...event.outcome };
    case "restoreReport":
      return { ...event.outcome, metrics: { durationMs: rounded(event.durationMs) } };
    case "start":
      return { requestId: event.requestId, version: event.version, ...tracingOf(event.tracing) };
    case "runtimeDone":
      return runtimeDoneRecord(event);
    case "report":
      return reportRecord(event);
    case "extension": {
      const { name, state, events, errorType } = event;
      return { name, state, events, ...(errorType === undefined ? {} : { errorType }) };
    }
    case "telemetrySubscription":
    case "logsSubscription":
      return { name: event.name, state: event.state, types: event.types };
    case "note":
      return { text: event.text };
    default:
      return unreachable(event);
  }
}

const LEVELS = ["DEBUG", "INFO", "WARN"];

/** Source: Lambda Developer Guide, "System log level event mapping". */
function levelOf(event: PlatformEvent): string {
  switch (event.type) {
    case "initRuntimeDone":
    case "restoreRuntimeDone":
    case "runtimeDone":
      return event.outcome.status === "success" ? "DEBUG" : "WARN";
    case "initReport":
      if (event.initializationType !== "on-demand") return "INFO";
      return event.outcome.status === "success" ? "DEBUG" : "WARN";
    case "restoreReport":
    case "report":
      return event.outcome.status === "success" ? "INFO" : "WARN";
    case "extension":
      return event.errorType === undefined ? "INFO" : "WARN";
    case "note":
      return "WARN";
    default:
      return "INFO";
  }
}

/** The lines that an event leaves in the log: none, one or two. */
export function platformLines(event: PlatformEvent, form: LineForm, nowMs: number): readonly string[] {
  if (form.logFormat !== "JSON") return asText(event);
  if (LEVELS.indexOf(levelOf(event)) < LEVELS.indexOf(form.systemLogLevel ?? "INFO")) return [];
  const time = new Date(nowMs).toISOString();
  return [`${JSON.stringify({ time, type: `platform.${event.type}`, record: recordOf(event) })}\n`];
}
