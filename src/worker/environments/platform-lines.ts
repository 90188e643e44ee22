// The platform's own log lines, in AWS's text form. Pure.

/** What REPORT says. */
export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  /** Only for the first invocation of an environment whose initialisation went well. */
  readonly initMs: number | undefined;
  readonly memoryMiB: number;
  readonly peakMemoryBytes: number;
  readonly failure:
    | { readonly status: "timeout" }
    | { readonly status: "error"; readonly errorType: string }
    | undefined;
}

const ms = (value: number): string => value.toFixed(2);

/** Whole megabytes, never above what the function has. */
export function maxMemoryUsedMiB(peakMemoryBytes: number, memoryMiB: number): number {
  return Math.min(memoryMiB, Math.max(1, Math.round(peakMemoryBytes / 1_048_576)));
}

/** Whole milliseconds, at least one; initialisation is billed too. Source: AWS Compute Blog, INIT billing, August 2025. */
export function billedMs(report: Pick<Report, "durationMs" | "initMs">): number {
  return Math.max(1, Math.ceil(report.durationMs + (report.initMs ?? 0)));
}

export function initStartLine(runtime: string, runtimeVersionArn: string): string {
  return `INIT_START Runtime Version: ${runtime}\tRuntime Version ARN: ${runtimeVersionArn}\n`;
}

export function startLine(requestId: string, version: string): string {
  return `START RequestId: ${requestId} Version: ${version}\n`;
}

export function endLine(requestId: string): string {
  return `END RequestId: ${requestId}\n`;
}

export function reportLine(report: Report): string {
  const fields = [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${ms(report.durationMs)} ms`,
    `Billed Duration: ${billedMs(report)} ms`,
    `Memory Size: ${report.memoryMiB} MB`,
    `Max Memory Used: ${maxMemoryUsedMiB(report.peakMemoryBytes, report.memoryMiB)} MB`,
  ];
  if (report.initMs !== undefined) fields.push(`Init Duration: ${ms(report.initMs)} ms`);
  if (report.failure !== undefined) fields.push(`Status: ${report.failure.status}`);
  if (report.failure?.status === "error") fields.push(`Error Type: ${report.failure.errorType}`);
  return `${fields.join("\t")}\t\n`;
}

export function initReportLine(
  initMs: number,
  phase: "init" | "invoke",
  failure: { status: "timeout" } | { status: "error"; errorType: string },
): string {
  const fields = [`INIT_REPORT Init Duration: ${ms(initMs)} ms`, `Phase: ${phase}`, `Status: ${failure.status}`];
  if (failure.status === "error") fields.push(`Error Type: ${failure.errorType}`);
  return `${fields.join("\t")}\n`;
}
