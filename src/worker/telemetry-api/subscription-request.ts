// What an extension asks of the Telemetry API or of the Logs API before it, checked. Pure.
// Source: Lambda Developer Guide, "Lambda Telemetry API reference" and "Lambda Logs API".

/** The API that was asked: the forms of events differ. */
export type TelemetryApiVersion = "2022-07-01" | "2020-08-15";

/** What can be subscribed to. */
export type TelemetryCategory = "platform" | "function" | "extension";

/** Where events go: a port of the environment itself. */
export type TelemetryDestination =
  | { readonly protocol: "HTTP"; readonly port: number; readonly path: string }
  | { readonly protocol: "TCP"; readonly port: number };

/** When a batch is sent: as soon as one of them is reached. */
export interface Buffering {
  readonly itemsMax: number;
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** A subscription. */
export interface SubscriptionRequest {
  readonly api: TelemetryApiVersion;
  readonly schemaVersion: string;
  readonly categories: readonly TelemetryCategory[];
  readonly buffering: Buffering;
  readonly destination: TelemetryDestination;
}

const CATEGORIES: readonly string[] = ["platform", "function", "extension"] satisfies TelemetryCategory[];
const SCHEMA_VERSIONS: Readonly<Record<TelemetryApiVersion, readonly string[]>> = {
  "2022-07-01": ["2022-07-01", "2022-12-13", "2025-01-29"],
  "2020-08-15": ["2020-08-15", "2021-03-18"],
};
const HOSTS = ["sandbox.localdomain", "sandbox"];
const LIMITS = {
  maxItems: { least: 1_000, most: 10_000, usual: 10_000 },
  maxBytes: { least: 262_144, most: 1_048_576, usual: 262_144 },
  timeoutMs: { least: 25, most: 30_000, usual: 1_000 },
} as const;

type Fields = Readonly<Record<string, unknown>>;
/** What is wrong, in words. */
export interface InvalidSubscription {
  readonly invalid: string;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function limited(buffering: Fields, name: keyof typeof LIMITS): number | InvalidSubscription {
  const { least, most, usual } = LIMITS[name];
  const value = buffering[name] ?? usual;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  return { invalid: `buffering.${name} must be an integer from ${least} to ${most}` };
}

function bufferingOf(value: unknown): Buffering | InvalidSubscription {
  const given = value ?? {};
  if (!isFields(given)) return { invalid: "buffering must be an object" };
  const [itemsMax, bytesMax, timeoutMs] = [
    limited(given, "maxItems"),
    limited(given, "maxBytes"),
    limited(given, "timeoutMs"),
  ];
  if (typeof itemsMax !== "number") return itemsMax;
  if (typeof bytesMax !== "number") return bytesMax;
  return typeof timeoutMs === "number" ? { itemsMax, bytesMax, timeoutMs } : timeoutMs;
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;
}

function httpDestination(uri: unknown): TelemetryDestination | InvalidSubscription {
  const url = typeof uri === "string" && uri.length <= 2_048 ? URL.parse(uri) : null;
  if (url?.protocol !== "http:") return { invalid: "destination.URI must be an http:// address" };
  if (!HOSTS.includes(url.hostname)) return { invalid: "destination.URI host must be sandbox.localdomain" };
  return { protocol: "HTTP", port: url.port === "" ? 80 : Number(url.port), path: `${url.pathname}${url.search}` };
}

function destinationOf(value: unknown): TelemetryDestination | InvalidSubscription {
  if (!isFields(value)) return { invalid: "destination must be an object" };
  const { protocol, port, URI: uri } = value;
  if (protocol === "HTTP") return httpDestination(uri);
  if (protocol !== "TCP") return { invalid: "destination.protocol must be HTTP or TCP" };
  return isPort(port) ? { protocol, port } : { invalid: "destination.port must be a port" };
}

/** The subscription in a request's body. */
export function parseSubscription(api: TelemetryApiVersion, body: Buffer): SubscriptionRequest | InvalidSubscription {
  let given: unknown;
  try {
    given = JSON.parse(body.toString("utf8"));
  } catch {
    return { invalid: "The request body is not JSON" };
  }
  if (!isFields(given)) return { invalid: "The request body is not a JSON object" };
  const { types, schemaVersion } = given;
  const versions = SCHEMA_VERSIONS[api];
  const version = schemaVersion ?? versions[0];
  if (typeof version !== "string" || !versions.includes(version))
    return { invalid: `schemaVersion must be one of ${versions.join(", ")}` };
  if (!Array.isArray(types) || types.length === 0 || !types.every((it) => CATEGORIES.includes(String(it))))
    return { invalid: `types must be a list of ${CATEGORIES.join(", ")}` };
  const buffering = bufferingOf(given["buffering"]);
  if ("invalid" in buffering) return buffering;
  const destination = destinationOf(given["destination"]);
  if ("invalid" in destination) return destination;
  return {
    api,
    schemaVersion: version,
    categories: [...new Set(types as TelemetryCategory[])],
    buffering,
    destination,
  };
}
