// When a scheduled action takes place: at(), rate() and cron() in a time zone. Pure.
import { Cron } from "croner";

/** What a schedule is made of. */
export interface GivenSchedule {
  readonly schedule: string;
  /** IANA name; UTC unless given. */
  readonly timezone: string | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly createdAtMs: number;
}

/** The first time after an instant; undefined when there is none. */
export type NextTime = (afterMs: number) => number | undefined;

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** Times looked through for the last one that was missed. */
const MISSED_MAX = 10_000;

function millisOf(cron: Cron, afterMs: number): number | undefined {
  return cron.nextRun(new Date(afterMs))?.getTime();
}

function at(text: string, timezone: string): NextTime | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/u.test(text)) return undefined;
  const once = new Cron(text, { timezone });
  return (afterMs) => millisOf(once, afterMs);
}

/** Counts from the start, or from the creation where there is no start. */
function rate(text: string, anchorMs: number): NextTime | undefined {
  const [, count = "", unit] = /^([1-9]\d{0,8}) (minute|hour|day)s?$/u.exec(text) ?? [];
  const everyMs = Number(count) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? 0);
  if (everyMs === 0) return undefined;
  return (afterMs) => anchorMs + Math.max(0, Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
}

/** AWS's six fields: minute, hour, day of month, month, day of week (1 is Sunday), year. One of the days has to be `?`. */
function cron(text: string, timezone: string): NextTime | undefined {
  const fields = text.trim().split(/\s+/u);
  if (fields.length !== 6 || (fields[2] === "?") === (fields[4] === "?")) return undefined;
  const pattern = ["0", ...fields.map((it) => (it === "?" ? "*" : it))].join(" ");
  const repeated = new Cron(pattern, { timezone, mode: "7-part", alternativeWeekdays: true, sloppyRanges: true });
  return (afterMs) => millisOf(repeated, afterMs);
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function parse({ schedule, timezone = "UTC", startMs, createdAtMs }: GivenSchedule): NextTime | undefined {
  const [, kind, inner = ""] = /^(at|rate|cron)\((.{1,1000})\)$/u.exec(schedule) ?? [];
  try {
    if (kind === "at") return at(inner, timezone);
    if (kind === "rate") return rate(inner, startMs ?? createdAtMs);
    return kind === "cron" ? cron(inner, timezone) : undefined;
  } catch {
    // The cron library throws for fields that are none.
    return undefined;
  }
}

/** Reads a schedule within its start and end. */
export function parseSchedule(
  given: GivenSchedule,
): { readonly outcome: "schedule"; readonly next: NextTime } | { readonly outcome: "invalid"; readonly what: string } {
  if (given.timezone !== undefined && !isTimezone(given.timezone)) return { outcome: "invalid", what: "timezone" };
  const next = parse(given);
  if (next === undefined) return { outcome: "invalid", what: "schedule expression" };
  const { startMs = 0, endMs = Number.POSITIVE_INFINITY } = given;
  return {
    outcome: "schedule",
    next(afterMs) {
      // An instant, unlike a repetition, has no start and end.
      if (given.schedule.startsWith("at(")) return next(afterMs);
      const found = next(Math.max(afterMs, startMs - 1));
      return found === undefined || found > endMs ? undefined : found;
    },
  };
}

/** The last time that was due up to now, when `sinceMs` was: which of several missed actions comes last. */
export function lastDue(next: NextTime, sinceMs: number, nowMs: number): number {
  let last = sinceMs;
  for (let looked = 0; looked < MISSED_MAX; looked++) {
    const following = next(last);
    if (following === undefined || following > nowMs) break;
    last = following;
  }
  return last;
}
