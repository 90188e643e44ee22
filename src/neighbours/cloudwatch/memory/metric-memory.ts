// All that is known of metrics: series, and what their values were in each minute. In memory and bounded: the oldest minutes
// go first. AWS keeps minutes for 15 days, and so does this where the bound allows it; nothing outlives the process.
import { Datum } from "./datum.ts";

/** Source: CloudWatch User Guide, "Metrics retention", for a period of 60 seconds. */
const KEPT_MS = 15 * 86_400_000;
const MINUTE_MS = 60_000;
/** Data and the classes that they count, about 100 bytes each. */
const CELLS_MAX = 400_000;
const SERIES_MAX = 20_000;
/** So many go at once when there are too many series, so that they are looked through seldom. */
const SERIES_LET_GO = 1_000;

/** A metric's dimension. */
export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** What tells a metric from others of its account and region. */
export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
}

/** Whose metric, and in which unit its values are: those in another are a series of their own. */
export interface SeriesName extends MetricName {
  readonly accountId: string;
  readonly region: string;
  readonly unit: string;
}

/** A series. */
export interface Series extends SeriesName {
  lastAtMs: number;
}

/** A datum with the minute that it is of. */
export interface TimedDatum {
  readonly startMs: number;
  readonly datum: Datum;
}

/** Bounds other than the usual ones, for tests. */
export interface MemoryBounds {
  readonly cells: number;
  readonly series: number;
}

const keyOf = ({ accountId, region, namespace, metricName, dimensions, unit }: SeriesName): string => {
  const sorted = dimensions.map(({ name, value }) => `${name}\t${value}`).sort();
  return [accountId, region, namespace, metricName, unit, ...sorted].join("\n");
};

/** The memory. Its data are changed in place. */
export class MetricMemory {
  readonly #bounds: MemoryBounds;
  readonly #series = new Map<string, Series>();
  /** By minutes since the epoch; what was put into the past is not in its order. */
  readonly #minutes = new Map<number, Map<string, Datum>>();
  #cells = 0;

  constructor(bounds: MemoryBounds = { cells: CELLS_MAX, series: SERIES_MAX }) {
    this.#bounds = bounds;
  }

  /** Adds values to a series' minute. */
  record(name: SeriesName, atMs: number, add: (datum: Datum) => void): void {
    const key = keyOf(name);
    const series = this.#series.get(key);
    if (series === undefined) this.#remember(key, name, atMs);
    else series.lastAtMs = Math.max(series.lastAtMs, atMs);
    const minute = Math.floor(atMs / MINUTE_MS);
    const data = this.#minutes.get(minute) ?? new Map<string, Datum>();
    this.#minutes.set(minute, data);
    const known = data.get(key);
    const datum = known ?? new Datum();
    if (known === undefined) data.set(key, datum);
    const before = known === undefined ? 0 : known.cells;
    add(datum);
    this.#cells += datum.cells - before;
  }

  /** What is there of a series from one instant, which is a minute's, up to another. Oldest first. */
  read(name: SeriesName, startMs: number, endMs: number): readonly TimedDatum[] {
    const key = keyOf(name);
    if (!this.#series.has(key)) return [];
    const found: TimedDatum[] = [];
    for (const [minute, data] of this.#minutes) {
      const atMs = minute * MINUTE_MS;
      const datum = atMs >= startMs && atMs < endMs ? data.get(key) : undefined;
      if (datum !== undefined) found.push({ startMs: atMs, datum });
    }
    return found.sort((a, b) => a.startMs - b.startMs);
  }

  /** The series of an account and region, as long as something of them is kept. */
  list(accountId: string, region: string): readonly Series[] {
    return [...this.#series.values()].filter((it) => it.accountId === accountId && it.region === region);
  }

  /** Lets go what is too old or too much. To be called after what was recorded at once. */
  trim(nowMs: number): void {
    const oldest = Math.floor((nowMs - KEPT_MS) / MINUTE_MS);
    for (const minute of this.#minutes.keys()) if (minute < oldest) this.#letGo(minute);
    if (this.#cells > this.#bounds.cells) {
      for (const minute of [...this.#minutes.keys()].sort((a, b) => a - b)) {
        // The newest stays, whatever it takes: its series are bounded.
        if (this.#cells <= this.#bounds.cells || this.#minutes.size === 1) break;
        this.#letGo(minute);
      }
    }
    const sinceMs = nowMs - KEPT_MS;
    for (const [key, series] of this.#series) if (series.lastAtMs < sinceMs) this.#series.delete(key);
  }

  clear(): void {
    this.#series.clear();
    this.#minutes.clear();
    this.#cells = 0;
  }

  #remember(key: string, name: SeriesName, atMs: number): void {
    if (this.#series.size >= this.#bounds.series) this.#forgetOldest();
    this.#series.set(key, { ...name, lastAtMs: atMs });
  }

  #letGo(minute: number): void {
    for (const datum of this.#minutes.get(minute)?.values() ?? []) this.#cells -= datum.cells;
    this.#minutes.delete(minute);
  }

  /** Those that have had no value for the longest time, with their data. */
  #forgetOldest(): void {
    const byAge = [...this.#series].sort(([, a], [, b]) => a.lastAtMs - b.lastAtMs);
    for (const [key] of byAge.slice(0, Math.min(SERIES_LET_GO, Math.ceil(byAge.length / 10)))) {
      this.#series.delete(key);
      for (const data of this.#minutes.values()) {
        this.#cells -= data.get(key)?.cells ?? 0;
        data.delete(key);
      }
    }
  }
}
