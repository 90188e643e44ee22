// The results as they are kept: what ran where, every figure, every target and what became of it.
import { cpus, release, totalmem } from "node:os";
import { execFileSync } from "node:child_process";
import { reasons } from "./reasons.ts";
import { compared, type Measured, type NotAvailable, type Row, type Verdict, verdict } from "./row.ts";

/** What came of a section. */
export interface SectionResult {
  readonly section: string;
  readonly tookSeconds: number;
  readonly rows: readonly Row[];
  /** Why it gave nothing; undefined: it ended well. */
  readonly error: string | undefined;
}

/** A row with its verdict. */
export type Judged = (
  | (Omit<Measured, "details"> & { readonly compared: number; readonly details: Measured["details"] })
  | NotAvailable
) & {
  readonly verdict: Verdict;
  /** Why a target was missed. */
  readonly reason?: string;
};

/** All of `latest.json`. */
export interface Results {
  readonly at: string;
  readonly isQuick: boolean;
  /** What readers must know of how the figures came about. */
  readonly note?: string;
  readonly tookSeconds: number;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly sections: readonly { readonly section: string; readonly tookSeconds: number; readonly error?: string }[];
  readonly rows: readonly Judged[];
}

function versionOf(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8" }).split("\n")[0] ?? "";
  } catch {
    return "not there";
  }
}

/** The machine and what runs on it. */
export function machine(): Readonly<Record<string, unknown>> {
  return {
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    python: versionOf("python3", ["--version"]),
    runc: versionOf("runc", ["--version"]),
  };
}

function judged(of: Row): Judged {
  const came = verdict(of);
  const reason = came === "missed" ? (reasons[of.id] ?? "not looked into yet") : undefined;
  const about = { verdict: came, ...(reason === undefined ? {} : { reason }) };
  return "notAvailable" in of ? { ...of, ...about } : { ...of, compared: compared(of), ...about };
}

/** All that came of a run. Pure but for the machine's own description, which is given. */
export function results(
  of: Pick<Results, "at" | "isQuick" | "tookSeconds" | "machine">,
  sections: readonly SectionResult[],
): Results {
  return {
    ...of,
    sections: sections.map(({ section, tookSeconds, error }) => ({
      section,
      tookSeconds,
      ...(error === undefined ? {} : { error }),
    })),
    rows: sections.flatMap((it) => it.rows).map(judged),
  };
}
