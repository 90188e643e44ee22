// The Telemetry API, version 2022-07-01, and the Logs API before it, 2020-08-15: how extensions subscribe.
import { gatherBody, type HttpAnswer, NOT_FOUND, noBody } from "../http/http-connection.ts";
import type { BodySink, RequestHead } from "../http/http-reader.ts";
import { answerOfRefusal, type Refusal } from "../http/refusal.ts";
import { parseSubscription, type TelemetryApiVersion } from "./subscription-request.ts";
import type { TelemetryPeer } from "./telemetry.ts";

const APIS: ReadonlyMap<string, TelemetryApiVersion> = new Map([
  ["/2022-07-01/telemetry", "2022-07-01"],
  ["/2022-07-01/telemetry/", "2022-07-01"],
  ["/2020-08-15/logs", "2020-08-15"],
  ["/2020-08-15/logs/", "2020-08-15"],
]);

/** Whether a path is one of these APIs'. */
export function isTelemetryPath(path: string): boolean {
  return APIS.has(path);
}

const BODY_BYTES_MAX = 1 << 20;
const OK: HttpAnswer = { status: 200, headers: { "Content-Type": "application/json" }, body: '"OK"' };

function invalid(errorMessage: string): Refusal {
  return { accepted: false, status: 400, errorType: "ValidationError", errorMessage };
}

/** Takes one request; `identify` gives the name of the extension that made it, or the refusal of who is none. */
export function routeTelemetryApi(
  head: RequestHead,
  peer: TelemetryPeer,
  identify: () => { readonly name: string } | Refusal,
  answer: (answer: HttpAnswer) => void,
): BodySink {
  const api = APIS.get(head.path);
  if (api === undefined || head.method !== "PUT") {
    answer(NOT_FOUND);
    return noBody;
  }
  return gatherBody(BODY_BYTES_MAX, (body) => {
    const extension = identify();
    if ("accepted" in extension) return answer(answerOfRefusal(extension));
    const request =
      typeof body === "string" ? { invalid: "The request body is too large" } : parseSubscription(api, body);
    const verdict = "invalid" in request ? invalid(request.invalid) : peer.subscribe(extension.name, request);
    answer(verdict.accepted ? OK : answerOfRefusal(verdict));
  });
}
