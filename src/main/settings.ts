// Hearth's settings: flags over environment over file over defaults. The one place that reads them.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Every setting. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** All state lies under it. */
  readonly data: string;
  /** `auto` takes the strongest that the machine can run. */
  readonly driver: "auto" | "oci" | "process";
  readonly auth: "local" | "strict";
  /** Where root filesystems of runtimes are built and kept; empty: under `data`. */
  readonly runtimes: string;
  /** A registry's prefix for AWS's base images; undefined: they are never fetched. */
  readonly baseImages: string | undefined;
  /** Whether the nearest version may stand in for a runtime that is not there. */
  readonly nearestRuntime: boolean;
  /** How long idle environments are kept: 5 to 15 minutes, or as each function's idle times ask for. */
  readonly keepAlive: "fixed" | "adaptive";
  /** Worker processes on this machine, 1 to 32. */
  readonly workers: number;
  /** Each account's pool of concurrent executions in each region. */
  readonly concurrentExecutions: number;
}

/** A setting as `hearth config` lists it. */
export interface SettingDescription {
  readonly name: keyof Settings;
  readonly flag: string;
  readonly variable: string;
  readonly about: string;
  readonly fallback: string;
}

/** What there is to set. */
export const settingDescriptions: readonly SettingDescription[] = [
  { name: "port", flag: "--port", variable: "HEARTH_PORT", about: "port for HTTP and HTTPS", fallback: "4566" },
  {
    name: "host",
    flag: "--host",
    variable: "HEARTH_HOST",
    about: "address to listen on; beyond loopback, auth is strict",
    fallback: "127.0.0.1",
  },
  { name: "data", flag: "--data", variable: "HEARTH_DATA", about: "directory for all state", fallback: defaultData() },
  {
    name: "driver",
    flag: "--driver",
    variable: "HEARTH_DRIVER",
    about: "sandbox driver: auto, oci or process",
    fallback: "auto",
  },
  {
    name: "auth",
    flag: "--auth",
    variable: "HEARTH_AUTH",
    about: "local: unknown keys act as their account's root; strict: every key is verified",
    fallback: "local",
  },
  {
    name: "runtimes",
    flag: "--runtimes",
    variable: "HEARTH_RUNTIMES",
    about: "directory for the root filesystems of runtimes; several Hearths may share one",
    fallback: "",
  },
  {
    name: "baseImages",
    flag: "--base-images",
    variable: "HEARTH_BASE_IMAGES",
    about: "where AWS's base images are, for runtimes that this machine can't build; never: not fetched",
    fallback: "public.ecr.aws/lambda",
  },
  {
    name: "nearestRuntime",
    flag: "--nearest-runtime",
    variable: "HEARTH_NEAREST_RUNTIME",
    about: "on: the nearest version stands in for a runtime that is not there, and the function's log says so",
    fallback: "off",
  },
  {
    name: "keepAlive",
    flag: "--keep-alive",
    variable: "HEARTH_KEEP_ALIVE",
    about: "how long idle environments are kept: fixed (5 to 15 minutes) or adaptive (as each function is used)",
    fallback: "fixed",
  },
  {
    name: "workers",
    flag: "--workers",
    variable: "HEARTH_WORKERS",
    about: "worker processes, which share the machine's memory",
    fallback: "1",
  },
  {
    name: "concurrentExecutions",
    flag: "--concurrent-executions",
    variable: "HEARTH_CONCURRENT_EXECUTIONS",
    about: "each account's concurrent executions in each region",
    fallback: "1000",
  },
];

function defaultData(): string {
  return process.getuid?.() === 0 ? "/var/lib/hearth" : join(homedir(), ".hearth");
}

function fromFile(file: string | undefined): Readonly<Record<string, unknown>> {
  if (file === undefined || !existsSync(file)) return {};
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
}

function flagOf(args: readonly string[], flag: string): string | undefined {
  const at = args.findIndex((it) => it === flag || it.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  const [, value] = args[at]?.split("=") ?? [];
  return value ?? args[at + 1];
}

/** A whole number within bounds. Throws an Error that says what is right. */
function wholeNumber(text: string, variable: string, [min, max]: readonly [number, number]): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${variable} is ${text}; it is a whole number from ${min} to ${max}`);
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Reads the settings. Throws an Error that says what is wrong and what is right. */
export function readSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings {
  const file = fromFile(flagOf(args, "--config") ?? env["HEARTH_CONFIG"]);
  const text = ({ name, flag, variable, fallback }: SettingDescription): string =>
    flagOf(args, flag) ??
    env[variable] ??
    (file[name] === undefined ? undefined : `${file[name] as string | number}`) ??
    fallback;
  const values = Object.fromEntries(settingDescriptions.map((it) => [it.name, text(it)])) as Record<
    keyof Settings,
    string
  >;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`HEARTH_PORT is ${values.port}; a port is a number from 0 to 65535`);
  const { driver, auth, host, baseImages, nearestRuntime } = values;
  if (driver !== "auto" && driver !== "oci" && driver !== "process")
    throw new Error(`HEARTH_DRIVER is ${driver}; it is auto, oci or process`);
  if (auth !== "local" && auth !== "strict") throw new Error(`HEARTH_AUTH is ${auth}; it is local or strict`);
  if (nearestRuntime !== "on" && nearestRuntime !== "off")
    throw new Error(`HEARTH_NEAREST_RUNTIME is ${nearestRuntime}; it is on or off`);
  const { keepAlive } = values;
  if (keepAlive !== "fixed" && keepAlive !== "adaptive")
    throw new Error(`HEARTH_KEEP_ALIVE is ${keepAlive}; it is fixed or adaptive`);
  return {
    port,
    host,
    data: resolve(values.data),
    driver,
    auth: LOOPBACK.has(host) ? auth : "strict",
    runtimes: resolve(values.runtimes === "" ? join(values.data, "worker", "rootfs") : values.runtimes),
    baseImages: baseImages === "never" ? undefined : baseImages,
    nearestRuntime: nearestRuntime === "on",
    keepAlive,
    workers: wholeNumber(values.workers, "HEARTH_WORKERS", [1, 32]),
    concurrentExecutions: wholeNumber(values.concurrentExecutions, "HEARTH_CONCURRENT_EXECUTIONS", [0, 1_000_000]),
  };
}
