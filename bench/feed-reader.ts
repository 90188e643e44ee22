// Reads a Hearth's feed between measurements: what has happened, and waiting until something has. Never while a time is taken.
import type { Numbered } from "../src/feed/feed.ts";

const TIMEOUT_MS = 120_000;

type StartedEvent = Extract<Numbered, { event: "EnvironmentStarted" }>;

/** The feed, as far as it has been read. */
export interface FeedReader {
  /** Everything that has happened so far. */
  all(): Promise<readonly Numbered[]>;
  /** Waits until this holds. Throws after two minutes, or after `timeoutMs`. */
  until(holds: (events: readonly Numbered[]) => boolean, what: string, timeoutMs?: number): Promise<void>;
  /** Waits until nothing has happened for so long. */
  quiet(ms: number): Promise<void>;
  /** Waits until a sandbox of this level waits in the pool, and nothing is being made any more. */
  pooled(level: 1 | 2, count?: number): Promise<void>;
  /** The starts of a function's environments. */
  starts(functionName: string): Promise<readonly StartedEvent[]>;
}

const isStart = (it: Numbered): it is StartedEvent => it.event === "EnvironmentStarted";

/** How many sandboxes of a level wait: made ahead and not yet taken. Right while all functions have one runtime. */
export function waitingAt(events: readonly Numbered[], level: 1 | 2): number {
  const made = events.filter((it) => it.event === "SandboxPooled" && it.level === level).length;
  return made - events.filter((it) => isStart(it) && it.poolLevel === level).length;
}

/** A reader at the feed's beginning. */
export function createFeedReader(endpoint: string): FeedReader {
  const read: Numbered[] = [];
  let after = 0;

  /** How many came. */
  async function readMore(waitSeconds: number): Promise<number> {
    const response = await fetch(`${endpoint}/_hearth/events?after=${after}&wait=${waitSeconds}`);
    const { events, next } = (await response.json()) as { events: readonly Numbered[]; next: number };
    // Two may read at once: each event is taken once.
    read.push(...events.filter((it) => it.sequence > after));
    after = Math.max(after, next);
    return events.length;
  }
  async function all(): Promise<readonly Numbered[]> {
    while ((await readMore(0)) > 0);
    return read;
  }
  async function until(
    holds: (events: readonly Numbered[]) => boolean,
    what: string,
    timeoutMs = TIMEOUT_MS,
  ): Promise<void> {
    const startedMs = performance.now();
    await all();
    while (!holds(read)) {
      if (performance.now() - startedMs > timeoutMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
      await readMore(1);
    }
  }
  async function quiet(ms: number): Promise<void> {
    while ((await readMore(ms / 1000)) > 0);
  }
  return {
    all,
    until,
    quiet,
    async pooled(level, count = 1) {
      await until((events) => waitingAt(events, level) >= count, `${count} sandboxes of level ${level} in the pool`);
      await quiet(500);
    },
    async starts(functionName) {
      return (await all()).filter(isStart).filter((it) => it.deploymentId.includes(`/${functionName}:`));
    },
  };
}
