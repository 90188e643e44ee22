// How many of one function's events are under way at once: few at first, twice as many each second while more are waiting.

/** Enough that a few events never wait for one another. */
const AT_FIRST = 50;
const AT_MOST = 1_000;
const DOUBLES_EVERY_MS = 1_000;

/** The ramp of one function that has events under way. */
export class Ramp {
  #allowed = AT_FIRST;
  #since: number;
  #underWay = 0;

  constructor(nowMs: number) {
    this.#since = nowMs;
  }

  /** Whether nothing of it is under way. */
  isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** Whether one more has to wait. */
  isFull(nowMs: number): boolean {
    if (this.#underWay < this.#allowed) return false;
    if (this.#allowed < AT_MOST && nowMs - this.#since >= DOUBLES_EVERY_MS) {
      this.#allowed = Math.min(AT_MOST, 2 * this.#allowed);
      this.#since = nowMs;
    }
    return this.#underWay >= this.#allowed;
  }

  begin(): void {
    this.#underWay++;
  }

  end(): void {
    this.#underWay--;
  }
}
