// Figures of one name, as those who show them need them. Plain data.

/** A label's name and value. */
export type Labels = Readonly<Record<string, string>>;

/** One figure. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** Values by upper bounds. */
export interface HistogramSample {
  readonly labels: Labels;
  readonly bounds: readonly number[];
  /** Values up to each bound and above the one before; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A name's figures. Counters and histograms only ever grow. */
export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] }
  | { readonly type: "histogram"; readonly samples: readonly HistogramSample[] }
);
