// AWS's runtime identifiers: which exist, which are blocked, which Hearth can run.
import { createHash } from "node:crypto";

/** What a runtime needs to run: an interpreter of a family, or only what the package brings. */
export type RuntimeFamily = "nodejs" | "python" | "java" | "ruby" | "provided";

/** A runtime that functions can be created with here. */
export interface Runtime {
  readonly name: string;
  readonly family: RuntimeFamily;
  /** `24`, `3.13`, `21`; empty for provided. */
  readonly version: string;
}

/** Every one of them, newest first in each family. */
export const RUNNABLE: readonly Runtime[] = [
  ...["26", "24", "22", "20"].map((version) => ({ name: `nodejs${version}.x`, family: "nodejs" as const, version })),
  ...["15", "14", "13", "12", "11", "10", "9"].map((minor) => ({
    name: `python3.${minor}`,
    family: "python" as const,
    version: `3.${minor}`,
  })),
  ...["25", "21", "17"].map((version) => ({ name: `java${version}`, family: "java" as const, version })),
  ...["4.0", "3.4", "3.3"].map((version) => ({ name: `ruby${version}`, family: "ruby" as const, version })),
  { name: "provided.al2023", family: "provided", version: "" },
  { name: "provided.al2", family: "provided", version: "" },
];

/** Runtimes that AWS no longer takes for creating or updating functions, and the newest of their family. */
const BLOCKED: Readonly<Record<string, string>> = Object.fromEntries([
  ...[
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
  ].map((it) => [it, "nodejs24.x"]),
  ...["python2.7", "python3.6", "python3.7", "python3.8"].map((it) => [it, "python3.14"]),
  ["java8", "java25"],
  ...["dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6"].map((it) => [it, "dotnet10"]),
  ...["ruby2.5", "ruby2.7"].map((it) => [it, "ruby4.0"]),
  ["go1.x", "provided.al2023"],
  ["provided", "provided.al2023"],
]) as Readonly<Record<string, string>>;

/** AWS's other runtimes, which the service's model names and which Hearth can't run yet. */
export const NOT_YET_RUNNABLE: readonly string[] = [
  "java17.al2023",
  "java11",
  "java11.al2023",
  "java8.al2",
  "java8.al2023",
  "dotnet10",
  "dotnet8",
  "ruby3.2",
];

/** What is to be said of a runtime's name. */
export type RuntimeVerdict =
  | { readonly kind: "runnable"; readonly runtime: Runtime }
  | { readonly kind: "blocked"; readonly newest: string }
  | { readonly kind: "notYetRunnable" }
  | { readonly kind: "unknown" };

/** Judges a runtime identifier. nodejs20.x stays creatable here, unlike on AWS since August 2026. */
export function judgeRuntime(name: string): RuntimeVerdict {
  const runtime = RUNNABLE.find((it) => it.name === name);
  if (runtime !== undefined) return { kind: "runnable", runtime };
  const newest = BLOCKED[name];
  if (newest !== undefined) return { kind: "blocked", newest };
  return NOT_YET_RUNNABLE.includes(name) ? { kind: "notYetRunnable" } : { kind: "unknown" };
}

/** How a runtime's version is named: in INIT_START by number, in RuntimeVersionConfig by a digest that stands for the patch level. */
export function runtimeVersionOf(region: string, runtime: string): { readonly name: string; readonly arn: string } {
  const digest = createHash("sha256").update(`hearth ${runtime}`).digest("hex");
  const [, family = runtime, version = ""] = /^([a-z]+)\.?([\w.]*)$/u.exec(runtime.replace(/\.x$/u, "")) ?? [];
  return { name: `${family}:${version}.v1`, arn: `arn:aws:lambda:${region}::runtime:${digest}` };
}

/** Every identifier of the service's model, blocked ones too: what a layer may say that it is compatible with. */
export const ALL_RUNTIMES: readonly string[] = [
  ...RUNNABLE.map((it) => it.name),
  ...NOT_YET_RUNNABLE,
  ...Object.keys(BLOCKED),
];

/** The identifiers that AWS's message for an unknown runtime lists. */
export const CREATABLE_RUNTIMES: readonly string[] = [...RUNNABLE.map((it) => it.name), ...NOT_YET_RUNNABLE];
