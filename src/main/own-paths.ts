// Hearth's own paths on the gateway's port: health, reset, and packages behind GetFunction's Code.Location.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Feed } from "../feed/feed.ts";
import { deadline } from "../foundation/deadline.ts";
import type { OwnPaths } from "../gateway/gateway.ts";
import { environmentsOf, eventsOf } from "./account-view.ts";
import type { WireReply, WireRequest } from "../gateway/protocols/protocol.ts";
import { CONTENT_TYPE } from "../neighbours/prometheus/prometheus.ts";

/** What the paths show and do. */
export interface OwnPathsDeps {
  /** Whether invocations can be served: until then health is answered with 503. */
  readonly isReady: () => boolean;
  readonly health: () => object;
  readonly localstackHealth: () => object;
  readonly reset: () => Promise<void>;
  readonly code: (sha256: string) => Promise<Buffer | undefined>;
  readonly nowMs: () => number;
  readonly feed: Feed;
  /** In Prometheus' text form. */
  readonly metricsText: () => string;
  /** Every environment, with how it started. */
  readonly environments: () => readonly (object & { readonly deploymentId: string })[];
  /** Takes a worker out of use; false when there is none of that id. */
  readonly drainWorker: (workerId: string) => boolean;
  /** Lets a function's environments wait for a debugger. */
  readonly debug: (query: URLSearchParams, signal: AbortSignal) => WireReply;
}

const VALID_MS = 600_000;
const EVENTS_MAX = 1_000;
const WAIT_SECONDS_MAX = 30;
const signingKey = randomBytes(32);

const signature = (sha256: string, untilMs: string): string =>
  createHmac("sha256", signingKey).update(`${sha256}/${untilMs}`).digest("hex");
const json = (status: number, body: object): WireReply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** A URL that gives a package for ten minutes; it ends with the process. */
export function codeUrl(endpoint: string, sha256: string, nowMs: number): string {
  const untilMs = String(nowMs + VALID_MS);
  const query = new URLSearchParams({ sha256, until: untilMs, signature: signature(sha256, untilMs) });
  return `${endpoint}/_hearth/code?${query.toString()}`;
}

/** `ready` when invocations can be served. */
export const statusOf = (isReady: boolean): string => (isReady ? "ready" : "starting");

async function code(deps: OwnPathsDeps, query: URLSearchParams): Promise<WireReply> {
  const [sha256 = "", until = "", given = ""] = ["sha256", "until", "signature"].map((it) => query.get(it) ?? "");
  const expected = Buffer.from(signature(sha256, until));
  const actual = Buffer.from(given);
  const isRight =
    expected.length === actual.length && timingSafeEqual(expected, actual) && Number(until) > deps.nowMs();
  const content = isRight ? await deps.code(sha256) : undefined;
  if (content === undefined) return json(403, { message: "The link has expired or is not right." });
  return { status: 200, headers: { "content-type": "application/zip" }, body: content };
}

/**
 * Events after a place in the feed; with `wait`, answers only when there is one or that many seconds are over. Of one account,
 * where one is given: one of another's ends the waiting too.
 */
async function events(
  deps: OwnPathsDeps,
  query: URLSearchParams,
  { accountId, signal }: { accountId?: string; signal: AbortSignal },
): Promise<WireReply> {
  const after = Number(query.get("after") ?? "0");
  const waitSeconds = Number(query.get("wait") ?? "0");
  if (!Number.isInteger(after) || !(waitSeconds >= 0 && waitSeconds <= WAIT_SECONDS_MAX)) {
    return json(400, { message: `after is a whole number, wait one of seconds up to ${WAIT_SECONDS_MAX}.` });
  }
  const ended = AbortSignal.any([signal, deadline(waitSeconds * 1000)]);
  await deps.feed.wait(after, ended);
  const found = deps.feed.after(after, EVENTS_MAX);
  const next = found.at(-1)?.sequence ?? Math.min(after, deps.feed.newest());
  return json(200, { events: accountId === undefined ? found : eventsOf(accountId, found), next });
}

/** Answers undefined for every path that is not Hearth's own. */
export function createOwnPaths(deps: OwnPathsDeps): OwnPaths {
  /** For code inside an environment: what tells nothing of other accounts, and changes nothing. */
  async function shownTo(
    accountId: string | undefined,
    request: WireRequest,
    signal: AbortSignal,
  ): Promise<WireReply | undefined> {
    const asked = `${request.method} ${request.path}`;
    if (asked === "GET /_hearth/health") return json(deps.isReady() ? 200 : 503, { status: statusOf(deps.isReady()) });
    if (asked === "GET /_localstack/health") return json(200, deps.localstackHealth());
    if (asked === "GET /_hearth/code") return await code(deps, request.query);
    if (accountId !== undefined && asked === "GET /_hearth/events")
      return await events(deps, request.query, { accountId, signal });
    if (accountId !== undefined && asked === "GET /_hearth/environments")
      return json(200, { environments: environmentsOf(accountId, deps.environments()) });
    return json(403, { message: "From inside an environment this takes the keys of its role, or is not to be had." });
  }
  return async (request, viewer, signal) => {
    if (viewer !== "anyone") return await shownTo(viewer.accountId, request, signal);
    switch (`${request.method} ${request.path}`) {
      case "GET /_hearth/health":
        return json(deps.isReady() ? 200 : 503, deps.health());
      case "GET /_localstack/health":
        return json(200, deps.localstackHealth());
      case "GET /_hearth/events":
        return await events(deps, request.query, { signal });
      case "GET /_hearth/metrics":
        return { status: 200, headers: { "content-type": CONTENT_TYPE }, body: deps.metricsText() };
      case "GET /_hearth/environments":
        return json(200, { environments: deps.environments() });
      case "POST /_hearth/drain": {
        const workerId = request.query.get("worker") ?? "";
        if (deps.drainWorker(workerId)) return json(200, { status: "draining", workerId });
        return json(404, { message: `No worker has the id ${workerId}.` });
      }
      case "POST /_hearth/debug":
        return deps.debug(request.query, signal);
      case "GET /_hearth/code":
        return await code(deps, request.query);
      case "POST /_hearth/reset":
        await deps.reset();
        return json(200, { status: "empty" });
      default:
        return json(404, { message: "No such path." });
    }
  };
}
