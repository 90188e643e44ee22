// Counters and histograms by their labels, changed in place.
import type { HistogramSample, Labels, Sample } from "../../model/metric-family.ts";

/** Upper bounds in seconds: half a millisecond, which is less than a warm invocation, to the 15 minutes that AWS allows. */
export const SECONDS_BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900,
];

/** Values by their bounds: counts of those up to each. */
class Histogram {
  /** The last is of those above every bound. */
  readonly #counts: number[] = [...SECONDS_BOUNDS.map(() => 0), 0];
  #sum = 0;

  observe(value: number): void {
    const found = SECONDS_BOUNDS.findIndex((bound) => value <= bound);
    const at = found < 0 ? SECONDS_BOUNDS.length : found;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  sample(labels: Labels): HistogramSample {
    return { labels, bounds: SECONDS_BOUNDS, counts: [...this.#counts], sum: this.#sum };
  }
}

/** A counter by its labels. */
export class Counter {
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();

  add(labels: Labels): void {
    const name = Object.values(labels).join("\n");
    const known = this.#values.get(name);
    if (known === undefined) this.#values.set(name, { labels, value: 1 });
    else known.value += 1;
  }

  samples(): Sample[] {
    return [...this.#values.values()];
  }
}

/** Histograms by their labels. */
export class Histograms {
  readonly #histograms = new Map<string, { readonly labels: Labels; readonly histogram: Histogram }>();

  observe(labels: Labels, seconds: number): void {
    const name = Object.values(labels).join("\n");
    const known = this.#histograms.get(name) ?? { labels, histogram: new Histogram() };
    this.#histograms.set(name, known);
    known.histogram.observe(seconds);
  }

  samples(): HistogramSample[] {
    return [...this.#histograms.values()].map(({ labels, histogram }) => histogram.sample(labels));
  }
}
