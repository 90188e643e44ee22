// What is kept of the values of one minute: count, sum, extremes, and how they were spread. Changed in place.

/** Values whose ratio is below this fall into one class: percentiles are right to 1%. */
const CLASS_RATIO = 1.02;
const LOG_RATIO = Math.log(CLASS_RATIO);
/** Half of it, so that a class stands for the middle of its values. */
const HALF = Math.sqrt(CLASS_RATIO);
/** Moves classes of numbers below one above zero, so that the sign is free to be the value's own. */
const OFFSET = 40_000;

/** The class of a value; classes are ordered as their values are. */
function classOf(value: number): number {
  if (value === 0) return 0;
  return Math.sign(value) * (OFFSET + Math.floor(Math.log(Math.abs(value)) / LOG_RATIO));
}

function valueOf(aClass: number): number {
  if (aClass === 0) return 0;
  return Math.sign(aClass) * Math.exp((Math.abs(aClass) - OFFSET) * LOG_RATIO) * HALF;
}

/** Values of one series and one stretch of time. */
export class Datum {
  count = 0;
  sum = 0;
  min: number = Infinity;
  max: number = -Infinity;
  /** Counts by class; undefined as long as all values are the same. */
  #classes: Map<number, number> | undefined;

  /** How much room it takes: itself, and each class that it counts. */
  get cells(): number {
    return 1 + (this.#classes?.size ?? 0);
  }

  add(value: number, count = 1): void {
    this.#spread(value, value);
    this.#count(value, count);
    this.count += count;
    this.sum += value * count;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  /** Values of which only this is known: how they were spread is not, so they count as if half of them were at each end. */
  addStatistics(it: Pick<Datum, "count" | "sum" | "min" | "max">): void {
    this.#spread(it.min, it.max);
    this.#count(it.min, it.count / 2);
    this.#count(it.max, it.count / 2);
    this.#takeTotals(it);
  }

  merge(other: Datum): void {
    this.#spread(other.min, other.max);
    if (other.#classes === undefined) this.#count(other.min, other.count);
    else for (const [aClass, count] of other.#classes) this.#countClass(aClass, count);
    this.#takeTotals(other);
  }

  /** The value that this share of the values does not exceed. `percent` is from 0 to 100. */
  percentile(percent: number): number {
    if (this.#classes === undefined) return this.min;
    const wanted = (percent / 100) * this.count;
    let below = 0;
    for (const aClass of [...this.#classes.keys()].sort((a, b) => a - b)) {
      below += this.#classes.get(aClass) ?? 0;
      if (below >= wanted) return Math.min(this.max, Math.max(this.min, valueOf(aClass)));
    }
    return this.max;
  }

  #takeTotals({ count, sum, min, max }: Pick<Datum, "count" | "sum" | "min" | "max">): void {
    this.count += count;
    this.sum += sum;
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
  }

  /** Before values between these are taken: from now on classes are counted, where the values are not all the same. */
  #spread(min: number, max: number): void {
    if (this.#classes !== undefined || (min === max && (this.count === 0 || (this.min === min && this.max === min))))
      return;
    this.#classes = new Map();
    if (this.count > 0) this.#count(this.min, this.count);
  }

  #count(value: number, count: number): void {
    if (this.#classes !== undefined) this.#countClass(classOf(value), count);
  }

  #countClass(aClass: number, count: number): void {
    this.#classes?.set(aClass, (this.#classes.get(aClass) ?? 0) + count);
  }
}
