// One line of the results: a figure of Hearth's, its yardstick's, and what was aimed at. Pure.

/** What is left of many measurements. */
export interface Figures {
  readonly median: number;
  readonly p99: number;
  readonly count: number;
}

/** What a row's ratio (or value, where there is no yardstick) must reach. */
export interface Target {
  readonly better: "lower" | "higher";
  readonly target: number;
  /** undefined: there is none. */
  readonly stretch: number | undefined;
}

/** What became of a target. */
export type Verdict = "stretch" | "met" | "missed" | "no target" | "not available";

/** A row as sections make it. */
export interface Measured {
  /** `section.what`, for reasons and for comparing runs. */
  readonly id: string;
  readonly what: string;
  readonly against: string | undefined;
  readonly unit: string;
  readonly hearth: Figures;
  /** undefined: the value itself is what counts. */
  readonly yardstick: Figures | undefined;
  /** Which of the figures is compared. */
  readonly by: "median" | "p99";
  readonly target: Target | undefined;
  /** What explains the figures: phases, pool levels, counts. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** A row that could not be measured, and why. */
export interface NotAvailable {
  readonly id: string;
  readonly what: string;
  readonly notAvailable: string;
}

/** What sections give. */
export type Row = Measured | NotAvailable;

const DIGITS = 4;

/** Four digits that count. */
export const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** The value at a share of the sorted values; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The middle value; of an even number, the upper one of the two in the middle. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** What is left of these measurements. */
export function figures(values: readonly number[]): Figures {
  return { median: rounded(median(values)), p99: rounded(percentile(values, 0.99)), count: values.length };
}

/** At most this; stretch where there is one. */
export const atMost = (target: number, stretch?: number): Target => ({ better: "lower", target, stretch });

/** At least this; stretch where there is one. */
export const atLeast = (target: number, stretch?: number): Target => ({ better: "higher", target, stretch });

/** A row from raw measurements; what is left out is not there. */
export function row(
  of: Pick<Measured, "id" | "what" | "unit"> & {
    readonly against?: string;
    readonly hearth: readonly number[];
    readonly yardstick?: readonly number[];
    readonly by?: "median" | "p99";
    readonly target?: Target | undefined;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): Measured {
  const { id, what, unit, against, by = "median", target, details = {} } = of;
  const yardstick = of.yardstick === undefined ? undefined : figures(of.yardstick);
  return { id, what, unit, against, by, target, details, hearth: figures(of.hearth), yardstick };
}

/** What the target is held against: the ratio to the yardstick, or the value itself. */
export function compared({ hearth, yardstick, by }: Pick<Measured, "hearth" | "yardstick" | "by">): number {
  return rounded(yardstick === undefined ? hearth[by] : hearth[by] / yardstick[by]);
}

/** Whether a row reaches what was aimed at. */
export function verdict(of: Row): Verdict {
  if ("notAvailable" in of) return "not available";
  const { target } = of;
  if (target === undefined) return "no target";
  const value = compared(of);
  const reaches = (mark: number): boolean => (target.better === "lower" ? value <= mark : value >= mark);
  if (target.stretch !== undefined && reaches(target.stretch)) return "stretch";
  return reaches(target.target) ? "met" : "missed";
}
