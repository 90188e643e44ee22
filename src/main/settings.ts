// Hearth's settings: flags over environment over file over defaults. The one place that reads them.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { CONCURRENT_EXECUTIONS_DEFAULT } from "../model/concurrency.ts";

const CONCURRENT_EXECUTIONS_MAX = 100_000;

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
  /** Sandboxes that a worker may make ahead of need; 0: none. */
  readonly pool: number;
  /** What every account may have under way in a region, until Service Quotas raises it. */
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
    name: "pool",
    flag: "--pool",
    variable: "HEARTH_POOL",
    about: "sandboxes that a worker may make ahead of need, as many as were lately asked for; 0: none",
    fallback: "16",
  },
  {
    name: "concurrentExecutions",
    flag: "--concurrent-executions",
    variable: "HEARTH_CONCURRENT_EXECUTIONS",
    about: "concurrent executions of an account in a region, 1 to 100000; Service Quotas raises it for one account",
    fallback: String(CONCURRENT_EXECUTIONS_DEFAULT),
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

const POOL_MAX = 1_000;
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
  const concurrentExecutions = Number(values.concurrentExecutions);
  if (
    !Number.isInteger(concurrentExecutions) ||
    concurrentExecutions < 1 ||
    concurrentExecutions > CONCURRENT_EXECUTIONS_MAX
  )
    throw new Error(
      `HEARTH_CONCURRENT_EXECUTIONS is ${values.concurrentExecutions}; it is a number from 1 to ${CONCURRENT_EXECUTIONS_MAX}`,
    );
  const { driver, auth, host, baseImages, nearestRuntime } = values;
  if (driver !== "auto" && driver !== "oci" && driver !== "process")
    throw new Error(`HEARTH_DRIVER is ${driver}; it is auto, oci or process`);
  if (auth !== "local" && auth !== "strict") throw new Error(`HEARTH_AUTH is ${auth}; it is local or strict`);
  if (nearestRuntime !== "on" && nearestRuntime !== "off")
    throw new Error(`HEARTH_NEAREST_RUNTIME is ${nearestRuntime}; it is on or off`);
  const pool = Number(values.pool);
  if (!Number.isInteger(pool) || pool < 0 || pool > POOL_MAX)
    throw new Error(`HEARTH_POOL is ${values.pool}; it is a number of sandboxes from 0 to ${POOL_MAX}`);
  return {
    port,
    host,
    pool,
    data: resolve(values.data),
    driver,
    auth: LOOPBACK.has(host) ? auth : "strict",
    runtimes: resolve(values.runtimes === "" ? join(values.data, "worker", "rootfs") : values.runtimes),
    baseImages: baseImages === "never" ? undefined : baseImages,
    nearestRuntime: nearestRuntime === "on",
    concurrentExecutions,
  };
}
