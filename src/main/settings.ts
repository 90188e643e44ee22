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
  /** Directories with interpreters that this machine's system lacks: homes of Javas, and other systems with a Ruby. */
  readonly interpreters: readonly string[];
  /** Sandboxes that a worker may make ahead of need; 0: none. */
  readonly pool: number;
  /** How long idle environments are kept: 5 to 15 minutes, or as each function's idle times ask for. */
  readonly keepAlive: "fixed" | "adaptive";
  /** Worker processes on this machine, 1 to 32. */
  readonly workers: number;
  /** What every account may have under way in a region, until Service Quotas raises it. */
  readonly concurrentExecutions: number;
  /** Directories that functions may run code from where it lies; none: that is switched off. */
  readonly localCode: readonly string[];
  /** Whether large packages become read-only images, and of which file system. */
  readonly codeImages: "off" | "erofs" | "squashfs";
  /** MiB unpacked from which on they do. */
  readonly codeImageMiB: number;
  /** Where traces and metrics are sent as OTLP over HTTP; undefined: nowhere. */
  readonly otlpEndpoint: string | undefined;
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
    name: "interpreters",
    flag: "--interpreters",
    variable: "HEARTH_INTERPRETERS",
    about:
      "directories, separated by colons, with interpreters that this machine's system lacks: homes of Javas, and other systems' / with a Ruby (usr/bin/ruby3.3)",
    fallback: "",
  },
  {
    name: "pool",
    flag: "--pool",
    variable: "HEARTH_POOL",
    about: "sandboxes that a worker may make ahead of need, as many as were lately asked for; 0: none",
    fallback: "16",
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
    about: "concurrent executions of an account in a region, 1 to 100000; Service Quotas raises it for one account",
    fallback: String(CONCURRENT_EXECUTIONS_DEFAULT),
  },
  {
    name: "localCode",
    flag: "--local-code",
    variable: "HEARTH_LOCAL_CODE",
    about:
      "directories, separated by colons, that functions may run code from where it lies (bucket hearth-local or hot-reload, key the path)",
    fallback: "",
  },
  {
    name: "codeImages",
    flag: "--code-images",
    variable: "HEARTH_CODE_IMAGES",
    about:
      "keep large packages in memory as compressed read-only images: off, erofs or squashfs (needs mkfs.erofs or mksquashfs)",
    fallback: "off",
  },
  {
    name: "codeImageMiB",
    flag: "--code-image-mib",
    variable: "HEARTH_CODE_IMAGE_MIB",
    about: "unpacked size in MiB from which on a package becomes an image",
    fallback: "64",
  },
  {
    name: "otlpEndpoint",
    flag: "--otlp-endpoint",
    variable: "HEARTH_OTLP_ENDPOINT",
    about: "send OpenTelemetry traces and metrics there: http://host:4318, below which are /v1/traces and /v1/metrics",
    fallback: "",
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
const WORKERS_MAX = 32;
/** Source: Lambda quotas, unzipped deployment package. */
const UNZIPPED_MIB_MAX = 250;
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

type Values = Readonly<Record<keyof Settings, string>>;

const variableOf = (name: keyof Settings): string =>
  settingDescriptions.find((it) => it.name === name)?.variable ?? name;

const listed = (words: readonly string[]): string => `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;

/** Takes one of some words. Throws an Error that names them. */
function chooserOf(values: Values): <Word extends string>(name: keyof Settings, words: readonly Word[]) => Word {
  return (name, words) => {
    const found = words.find((it) => it === values[name]);
    if (found === undefined) throw new Error(`${variableOf(name)} is ${values[name]}; it is ${listed(words)}`);
    return found;
  };
}

/** Takes a whole number within bounds. Throws an Error that names them. */
function wholeNumberOf(values: Values): (name: keyof Settings, min: number, max: number) => number {
  return (name, min, max) => {
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < min || number > max)
      throw new Error(`${variableOf(name)} is ${values[name]}; it is a whole number from ${min} to ${max}`);
    return number;
  };
}

/** Takes directories, separated by colons. */
function directoriesOf(text: string): readonly string[] {
  const named = text.split(":").filter((it) => it !== "");
  return named.map((it) => resolve(it));
}

/** Takes a URL, without a slash at its end; undefined for nothing. Throws an Error that says what is wrong. */
function httpUrlOf(values: Values, name: keyof Settings): string | undefined {
  const text = values[name];
  if (text === "") return undefined;
  if (!/^https?:$/u.test(URL.parse(text)?.protocol ?? ""))
    throw new Error(`${variableOf(name)} is ${text}; it is a URL that begins with http:// or https://`);
  return text.replace(/\/+$/u, "");
}

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
  const choice = chooserOf(values);
  const whole = wholeNumberOf(values);
  const { host, baseImages } = values;
  const auth = choice("auth", ["local", "strict"]);
  return {
    port: whole("port", 0, 65_535),
    host,
    data: resolve(values.data),
    driver: choice("driver", ["auto", "oci", "process"]),
    auth: LOOPBACK.has(host) ? auth : "strict",
    runtimes: resolve(values.runtimes === "" ? join(values.data, "worker", "rootfs") : values.runtimes),
    baseImages: baseImages === "never" ? undefined : baseImages,
    nearestRuntime: choice("nearestRuntime", ["on", "off"]) === "on",
    interpreters: directoriesOf(values.interpreters),
    pool: whole("pool", 0, POOL_MAX),
    keepAlive: choice("keepAlive", ["fixed", "adaptive"]),
    workers: whole("workers", 1, WORKERS_MAX),
    concurrentExecutions: whole("concurrentExecutions", 1, CONCURRENT_EXECUTIONS_MAX),
    localCode: directoriesOf(values.localCode),
    codeImages: choice("codeImages", ["off", "erofs", "squashfs"]),
    codeImageMiB: whole("codeImageMiB", 0, UNZIPPED_MIB_MAX),
    otlpEndpoint: httpUrlOf(values, "otlpEndpoint"),
  };
}
