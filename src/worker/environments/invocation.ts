// One invocation in an environment's run: the runtime gets its event and answers, then its extensions come to their end.
import type { InvocationHeader, InvocationResult } from "../../link/messages.ts";
import type { NextEvent } from "../runtime-api/runtime-peer.ts";
import { awaitEnding } from "./await-ending.ts";
import { type Ending, errorOf, invocationStatus } from "./ending.ts";
import type { EnvironmentParts } from "./environment-parts.ts";
import type { EnvironmentRun } from "./environment-run.ts";
import { reportInit } from "./init-phase.ts";
import type { InvocationRecord } from "./invocation-record.ts";
import type { ResponseSink } from "./runtime-session.ts";

const NOTHING = Buffer.alloc(0);

/** An invocation's answer as its caller gets it. */
export interface Answer {
  readonly result: InvocationResult;
  readonly body: Buffer;
}

/** Where an invocation's answer goes, as far as it goes before the invocation's end. */
export interface AnswerAhead {
  /** Where the response goes as it is written; undefined where all of it is wanted at once. */
  readonly sink: ResponseSink | undefined;
  /** The runtime is done, and extensions are not. */
  answer(result: InvocationResult, body: Buffer): void;
}

/** What is to be served. */
export interface InvocationRequest {
  readonly header: InvocationHeader;
  readonly event: Buffer;
  readonly ahead: AnswerAhead;
  /** The last initialisation failed: the run was started for this invocation, and initialises within its timeout. */
  readonly needsInit: boolean;
}

/** How the runtime ended the invocation, and how all of it ended. */
export interface Served {
  readonly answered: Ending;
  readonly ending: Ending;
}

/** Serves one, to its end; an answer that extensions would hold up goes ahead. */
export async function serveInvocation(
  parts: EnvironmentParts,
  run: EnvironmentRun,
  request: InvocationRequest,
  record: InvocationRecord,
): Promise<Served> {
  const { sink } = request.ahead;
  const answered = await deliver(parts, run, request, sink && record.timed(sink));
  record.runtimeDone(answered, errorOf(answered, record.requestId, parts.spec.timeoutMs));
  return { answered, ending: await awaitExtensions(parts, run, answered, record, request) };
}

/** Delivers the event, to a runtime that is started anew where the last initialisation failed. */
async function deliver(
  parts: EnvironmentParts,
  run: EnvironmentRun,
  { header, event, needsInit }: InvocationRequest,
  sink: ResponseSink | undefined,
): Promise<Ending> {
  const { clock, spec, telemetry } = parts;
  const { timeoutMs } = spec;
  const { requestId, functionArn, traceId } = header;
  const startedMs = clock.elapsedMs();
  const deadlineMs = Math.round(clock.nowMs() + timeoutMs);
  const notice = { deadlineMs, requestId, invokedFunctionArn: functionArn, traceId };
  const ending = await awaitEnding({ clock, run, timeoutMs }, (settle) => {
    const next = nextEvent(header, deadlineMs, event);
    void run.session.deliver(requestId, next, sink).then((answer) => settle({ by: "answer", answer }));
    if (!needsInit) return run.extensions.invoke(notice);
    // An attempt that fails again ends the invocation.
    void run.ready.then((it) => {
      telemetry.seal();
      if (it.by === "ready") run.extensions.invoke(notice);
      else settle(it);
    });
  });
  if (needsInit && !run.session.wasReady())
    reportInit(parts, run, { phase: "invoke", durationMs: clock.elapsedMs() - startedMs, ending });
  return ending;
}

function nextEvent(header: InvocationHeader, deadlineMs: number, body: Buffer): NextEvent {
  const headers: Record<string, string> = {
    "Lambda-Runtime-Aws-Request-Id": header.requestId,
    "Lambda-Runtime-Deadline-Ms": String(deadlineMs),
    "Lambda-Runtime-Invoked-Function-Arn": header.functionArn,
    "Lambda-Runtime-Trace-Id": header.traceId,
  };
  if (header.clientContext !== undefined) headers["Lambda-Runtime-Client-Context"] = header.clientContext;
  return { headers, body };
}

/** The invocation goes on until its extensions are done too, within the function's timeout. */
async function awaitExtensions(
  { clock, spec, sandbox, log }: EnvironmentParts,
  run: EnvironmentRun,
  answered: Ending,
  record: InvocationRecord,
  { header, ahead }: InvocationRequest,
): Promise<Ending> {
  if (!run.extensions.hasAny()) return answered;
  // Extensions wait for this before they say that they are done.
  sandbox.drainOutput();
  log.platform(record.takeRuntimeDone());
  if (answered.by !== "answer" || run.extensions.areDone()) return answered;
  if (!header.wantsLogTail) {
    const more = { logTail: undefined, environmentGone: false };
    const { result, body } = answerOf(answered, { spec, record, sink: ahead.sink }, more);
    ahead.answer(result, body);
  }
  const timeoutMs = Math.max(0, spec.timeoutMs - record.elapsedMs());
  return await awaitEnding(
    { clock, run, timeoutMs },
    (settle) => void run.extensions.done().then(() => settle(answered)),
  );
}

/** What the caller gets for how the runtime ended it. */
export function answerOf(
  answered: Ending,
  of: Pick<EnvironmentParts, "spec"> & { readonly record: InvocationRecord; readonly sink: ResponseSink | undefined },
  more: Pick<InvocationResult, "logTail" | "environmentGone">,
): Answer {
  const { spec, record, sink } = of;
  const error = errorOf(answered, record.requestId, spec.timeoutMs);
  const response = answered.by === "answer" && answered.answer.kind === "response" ? answered.answer.body : NOTHING;
  const result: InvocationResult = {
    functionError: error === undefined ? undefined : "Unhandled",
    errorType: error?.errorType,
    ...more,
    timing: record.timing(),
  };
  if (error !== undefined) return { result, body: error.body };
  if (sink === undefined || response.length === 0) return { result, body: response };
  // What came whole goes the way of what is streamed.
  sink.write(response);
  return { result, body: NOTHING };
}

/** END and REPORT, under everything that the function wrote before its answer. */
export function reportInvocation(
  { spec, sandbox, log }: EnvironmentParts,
  record: InvocationRecord,
  ending: Ending,
): void {
  sandbox.drainOutput();
  const error = errorOf(ending, record.requestId, spec.timeoutMs);
  for (const event of record.ended(invocationStatus(ending, error), sandbox.peakMemoryBytes())) log.platform(event);
}
