// What the platform says in a function's log: one event type after AWS's Telemetry API, shown as text or as JSON. Pure.
import { unreachable } from "../../foundation/fault.ts";

/** How a phase or an invocation ended. */
export type PhaseStatus =
  | { readonly status: "success" }
  | { readonly status: "timeout" }
  | { readonly status: "error"; readonly errorType: string };

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
  | { readonly type: "start"; readonly requestId: string; readonly version: string }
  | Report
  /** Hearth's own word to the user, where AWS has none. */
  | { readonly type: "note"; readonly text: string };

/** What stands under an invocation. */
export interface Report {
  readonly type: "report";
  readonly requestId: string;
  readonly durationMs: number;
  /** Only for the first invocation of an environment whose initialisation went well. */
  readonly initMs: number | undefined;
  readonly memoryMiB: number;
  readonly peakMemoryBytes: number;
  readonly outcome: PhaseStatus;
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

function reportText(report: Report): string {
  const fields = [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${ms(report.durationMs)} ms`,
    `Billed Duration: ${billedMs(report)} ms`,
    `Memory Size: ${report.memoryMiB} MB`,
    `Max Memory Used: ${maxMemoryUsedMiB(report.peakMemoryBytes, report.memoryMiB)} MB`,
    ...(report.initMs === undefined ? [] : [`Init Duration: ${ms(report.initMs)} ms`]),
    ...statusFields(report.outcome),
  ];
  return `${fields.join("\t")}\t\n`;
}

/** Lines of the text form; an initialisation that went well says nothing at its end. */
function asText(event: PlatformEvent): readonly string[] {
  switch (event.type) {
    case "initStart":
      return [`INIT_START Runtime Version: ${event.runtimeVersion}\tRuntime Version ARN: ${event.runtimeVersionArn}\n`];
    case "initReport": {
      const isSilent = event.outcome.status === "success" && event.initializationType === "on-demand";
      const fields = [`INIT_REPORT Init Duration: ${ms(event.durationMs)} ms`, `Phase: ${event.phase}`];
      return isSilent ? [] : [`${[...fields, ...statusFields(event.outcome)].join("\t")}\n`];
    }
    case "start":
      return [`START RequestId: ${event.requestId} Version: ${event.version}\n`];
    case "report":
      return [`END RequestId: ${event.requestId}\n`, reportText(event)];
    case "note":
      return [`HEARTH ${event.text}\n`];
    default:
      return unreachable(event);
  }
}

function reportRecord(report: Report): object {
  return {
    requestId: report.requestId,
    metrics: {
      durationMs: rounded(report.durationMs),
      billedDurationMs: billedMs(report),
      memorySizeMB: report.memoryMiB,
      maxMemoryUsedMB: maxMemoryUsedMiB(report.peakMemoryBytes, report.memoryMiB),
      ...(report.initMs === undefined ? {} : { initDurationMs: rounded(report.initMs) }),
    },
    ...report.outcome,
  };
}

function recordOf(event: PlatformEvent): object {
  switch (event.type) {
    case "initStart": {
      const { type: _type, memoryMiB, ...record } = event;
      return { ...record, instanceMaxMemory: memoryMiB * 1_048_576 };
    }
    case "initReport": {
      const { initializationType, phase, outcome, durationMs } = event;
      return { initializationType, phase, ...outcome, metrics: { durationMs: rounded(durationMs) } };
    }
    case "start":
      return { requestId: event.requestId, version: event.version };
    case "report":
      return reportRecord(event);
    case "note":
      return { text: event.text };
    default:
      return unreachable(event);
  }
}

const LEVELS = ["DEBUG", "INFO", "WARN"];

/** Source: Lambda Developer Guide, "System log level event mapping". */
function levelOf(event: PlatformEvent): string {
  if (event.type === "report" || event.type === "initReport") {
    if (event.outcome.status !== "success") return "WARN";
    return event.type === "initReport" ? "DEBUG" : "INFO";
  }
  return event.type === "note" ? "WARN" : "INFO";
}

/** The lines that an event leaves in the log: none, one or two. */
export function platformLines(event: PlatformEvent, form: LineForm, nowMs: number): readonly string[] {
  if (form.logFormat !== "JSON") return asText(event);
  if (LEVELS.indexOf(levelOf(event)) < LEVELS.indexOf(form.systemLogLevel ?? "INFO")) return [];
  const time = new Date(nowMs).toISOString();
  return [`${JSON.stringify({ time, type: `platform.${event.type}`, record: recordOf(event) })}\n`];
}
