// What is noted of one invocation as it goes on, and told of it in the end: runtimeDone and the report.
import type { Clock } from "../../foundation/clock.ts";
import type { EnvironmentSpec } from "../../link/messages.ts";
import type { InvocationTiming } from "../../model/invocation.ts";
import { type Ending, invocationStatus } from "./ending.ts";
import type { FunctionError } from "./function-errors.ts";
import type { PhaseStatus, PlatformEvent, RuntimeDone, Span, Tracing } from "./platform-events.ts";
import type { ResponseSink } from "./runtime-session.ts";

/** Whose record it is. */
export interface InvocationRecordOptions {
  readonly clock: Clock;
  readonly spec: Pick<EnvironmentSpec, "version" | "memoryMiB" | "timeoutMs">;
  readonly requestId: string;
  readonly traceId: string;
  /** Of the initialisation before the environment's first invocation. */
  readonly initMs: number | undefined;
  /** Of the restore before it. */
  readonly restoreMs: number | undefined;
}

/** The record. It begins when it is made. */
export interface InvocationRecord {
  readonly requestId: string;
  elapsedMs(): number;
  start(): PlatformEvent;
  /** The same sink; when its first byte went is noted. */
  timed(sink: ResponseSink): ResponseSink;
  /** The runtime is done, one way or another. */
  runtimeDone(ending: Ending, error: FunctionError | undefined): void;
  /** The function's own part, once the runtime is done. */
  timing(): InvocationTiming;
  /** What is told of that; told once. */
  takeRuntimeDone(): RuntimeDone;
  /** What is told at the end: what was not told yet of the runtime, and the report. */
  ended(outcome: PhaseStatus, peakMemoryBytes: number): readonly PlatformEvent[];
}

function producedBytes(ending: Ending, error: FunctionError | undefined): number {
  if (error !== undefined) return error.body.length;
  if (ending.by !== "answer") return 0;
  const { answer } = ending;
  if (answer.kind === "streamed") return answer.bytes;
  return answer.kind === "response" ? answer.body.length : 0;
}

/** A record that begins now. */
export function createInvocationRecord(options: InvocationRecordOptions): InvocationRecord {
  return new LiveRecord(options);
}

class LiveRecord implements InvocationRecord {
  readonly #options: InvocationRecordOptions;
  readonly #startedAtMs: number;
  readonly #startedMs: number;
  #firstByteMs: number | undefined;
  #doneMs = 0;
  #done: RuntimeDone | undefined;

  constructor(options: InvocationRecordOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.nowMs();
    this.#startedMs = options.clock.elapsedMs();
  }

  get requestId(): string {
    return this.#options.requestId;
  }

  elapsedMs(): number {
    return this.#options.clock.elapsedMs() - this.#startedMs;
  }

  start(): PlatformEvent {
    const { requestId, spec } = this.#options;
    return { type: "start", requestId, version: spec.version, tracing: this.#tracing() };
  }

  timed(sink: ResponseSink): ResponseSink {
    return {
      onRoom: sink.onRoom,
      write: (chunk) => {
        this.#firstByteMs ??= this.elapsedMs();
        return sink.write(chunk);
      },
    };
  }

  runtimeDone(ending: Ending, error: FunctionError | undefined): void {
    // A timeout is told as what the function had, not as what the timer took.
    this.#doneMs = ending.by === "timeout" ? this.#options.spec.timeoutMs : this.elapsedMs();
    this.#done = {
      type: "runtimeDone",
      requestId: this.requestId,
      durationMs: this.#doneMs,
      producedBytes: producedBytes(ending, error),
      outcome: invocationStatus(ending, error),
      spans: this.#responseSpans(),
      tracing: this.#tracing(),
    };
  }

  timing(): InvocationTiming {
    return { startedAtMs: this.#startedAtMs, durationMs: this.#doneMs, initMs: this.#options.initMs };
  }

  takeRuntimeDone(): RuntimeDone {
    const done = this.#done;
    this.#done = undefined;
    if (done === undefined) throw new TypeError("the runtime's end was told already");
    return done;
  }

  ended(outcome: PhaseStatus, peakMemoryBytes: number): readonly PlatformEvent[] {
    const { spec, requestId, initMs, restoreMs } = this.#options;
    const hasExtensions = this.#done === undefined;
    // A timer may come a moment early, too: extensions that did not end in time had all of it.
    const tookMs = outcome.status === "timeout" ? spec.timeoutMs : Math.min(this.elapsedMs(), spec.timeoutMs);
    const durationMs = hasExtensions ? Math.max(this.#doneMs, tookMs) : this.#doneMs;
    const overhead: Span = {
      name: "extensionOverhead",
      startMs: this.#startedAtMs + this.#doneMs,
      durationMs: durationMs - this.#doneMs,
    };
    const report: PlatformEvent = {
      type: "report",
      requestId,
      durationMs,
      initMs,
      restoreMs,
      memoryMiB: spec.memoryMiB,
      peakMemoryBytes,
      outcome,
      spans: hasExtensions ? [overhead] : [],
      tracing: this.#tracing(),
    };
    return this.#done === undefined ? [report] : [this.takeRuntimeDone(), report];
  }

  #tracing(): Tracing | undefined {
    const { traceId } = this.#options;
    return traceId.includes("Sampled=1") ? { type: "X-Amzn-Trace-Id", value: traceId } : undefined;
  }

  #responseSpans(): readonly Span[] {
    const latencyMs = this.#firstByteMs ?? this.#doneMs;
    return [
      { name: "responseLatency", startMs: this.#startedAtMs, durationMs: latencyMs },
      { name: "responseDuration", startMs: this.#startedAtMs + latencyMs, durationMs: this.#doneMs - latencyMs },
    ];
  }
}
