// An invocation drawn as time: each step a bar under the one before it. Pure.

/** One step, in the order in which it came. */
export interface Step {
  readonly name: string;
  readonly ms: number;
}

/** What the feed tells of one invocation. */
export interface InvocationTrace {
  readonly isCold: boolean;
  readonly kind: string;
  /** Until it had its environment. */
  readonly waitedMs: number;
  readonly tookMs: number;
  /** Of its environment's start, where it was started for it. */
  readonly start?:
    | {
        readonly phasesMs: Readonly<Record<string, number>>;
        readonly poolLevel: number;
        readonly poolMiss?: string | undefined;
      }
    | undefined;
}

const BAR_WIDTH = 40;
const MS_SHOWN_MIN = 0.05;

/** The invocation's steps. What the start took beyond its phases is the way to the worker and back. */
export function stepsOf({ waitedMs, tookMs, start }: InvocationTrace): readonly Step[] {
  const phases = Object.entries(start?.phasesMs ?? {}).map(([name, ms]) => ({ name, ms }));
  const told = phases.reduce((sum, it) => sum + it.ms, 0);
  const rest = { name: start === undefined ? "lease" : "link", ms: Math.max(0, waitedMs - told) };
  return [...phases, rest, { name: "invoke", ms: Math.max(0, tookMs - waitedMs) }].filter(
    (it) => it.ms >= MS_SHOWN_MIN || it.name === "invoke",
  );
}

function headline({ isCold, kind, tookMs, start }: InvocationTrace): string {
  const pool = start === undefined ? "" : `, pool level ${start.poolLevel}`;
  const why = start?.poolMiss === undefined ? "" : ` (${start.poolMiss})`;
  const how = kind === "provisioned" ? "provisioned" : isCold ? "cold" : "warm";
  return `${how}${pool}${why}, ${tookMs.toFixed(1)} ms`;
}

/** The drawing, a line a step, each bar beginning where the one before it ends. */
export function waterfall(trace: InvocationTrace): string {
  const steps = stepsOf(trace);
  const total = Math.max(
    1e-9,
    steps.reduce((sum, it) => sum + it.ms, 0),
  );
  const nameWidth = Math.max(...steps.map((it) => it.name.length));
  let beforeMs = 0;
  const lines = steps.map(({ name, ms }) => {
    const from = Math.min(BAR_WIDTH - 1, Math.floor((beforeMs / total) * BAR_WIDTH));
    beforeMs += ms;
    const to = Math.max(from + 1, Math.round((beforeMs / total) * BAR_WIDTH));
    const bar = `${" ".repeat(from)}${"█".repeat(to - from)}`.padEnd(BAR_WIDTH);
    return `  ${name.padEnd(nameWidth)} ${bar} ${ms.toFixed(1).padStart(8)} ms`;
  });
  return [headline(trace), ...lines].join("\n");
}
