// The Extensions API, version 2020-01-01: what extensions inside environments talk to.
import { newUuid } from "../../foundation/ids.ts";
import { gatherBody, type HttpAnswer, noBody, NOT_FOUND } from "../http/http-connection.ts";
import type { BodySink, HttpHeaders, RequestHead } from "../http/http-reader.ts";
import { answerOfRefusal, JSON_TYPE, type Refusal } from "../http/refusal.ts";
import type { ExtensionsPeer } from "./extensions-peer.ts";

/** Where the API's paths begin. */
export const EXTENSIONS_API = "/2020-01-01/extension/";

const BODY_BYTES_MAX = 1 << 20;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/iu;
const TAKEN: HttpAnswer = { status: 202, headers: JSON_TYPE, body: '{"status":"OK"}\n' };

type Answer = (answer: HttpAnswer) => void;

/** A refusal of this API: 403 throughout. */
export function forbidden(errorType: string, errorMessage: string): Refusal {
  return { accepted: false, status: 403, errorType, errorMessage };
}

/** The extension that a request says it is of; the refusal where it says none that is known. */
export function identifierIn(headers: HttpHeaders, peer: Pick<ExtensionsPeer, "knows">): string | Refusal {
  const identifier = headers["lambda-extension-identifier"];
  if (identifier === undefined || identifier === "")
    return forbidden("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
  if (!UUID.test(identifier))
    return forbidden("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
  if (peer.knows(identifier)) return identifier;
  return forbidden("Extension.UnknownExtensionIdentifier", `Unknown extension ${identifier}`);
}

/** The events of a registration's body; none where it is empty. */
function eventsOf(body: Buffer): readonly string[] | Refusal {
  if (body.length === 0) return [];
  try {
    const parsed = JSON.parse(body.toString("utf8")) as { events?: unknown; configurationKeys?: unknown } | null;
    if (parsed?.configurationKeys !== undefined)
      return forbidden("InvalidRequestFormat", "configurationKeys are deprecated; use environment variables instead");
    const events = parsed?.events ?? [];
    if (Array.isArray(events) && events.every((it) => typeof it === "string")) return events;
  } catch {
    // Said below.
  }
  return forbidden("InvalidRequestFormat", "The request body is not a JSON object with a list of events");
}

function wantsAccountId(headers: HttpHeaders): boolean {
  const features = headers["lambda-extension-accept-feature"]?.split(",") ?? [];
  return features.some((it) => it.trim() === "accountId");
}

function register(head: RequestHead, peer: ExtensionsPeer, answer: Answer): BodySink {
  const name = head.headers["lambda-extension-name"] ?? "";
  return gatherBody(BODY_BYTES_MAX, (body) => {
    if (name === "")
      return answer(answerOfRefusal(forbidden("Extension.InvalidExtensionName", "Empty extension name")));
    const events = eventsOf(typeof body === "string" ? Buffer.from("!") : body);
    if ("accepted" in events) return answer(answerOfRefusal(events));
    const registered = peer.register(name, events);
    if (!registered.accepted) return answer(answerOfRefusal(registered));
    const { accepted: _accepted, identifier, accountId, ...about } = registered;
    answer({
      status: 200,
      headers: { ...JSON_TYPE, "Lambda-Extension-Identifier": identifier },
      body: JSON.stringify(wantsAccountId(head.headers) ? { ...about, accountId } : about),
    });
  });
}

function next(head: RequestHead, peer: ExtensionsPeer, answer: Answer): BodySink {
  const identifier = identifierIn(head.headers, peer);
  const verdict =
    typeof identifier === "string"
      ? peer.onNext(identifier, ({ body }) =>
          answer({ status: 200, headers: { ...JSON_TYPE, "Lambda-Extension-Event-Identifier": newUuid() }, body }),
        )
      : identifier;
  if (!verdict.accepted) answer(answerOfRefusal(verdict));
  return noBody;
}

function error(head: RequestHead, peer: ExtensionsPeer, during: "init" | "exit", answer: Answer): BodySink {
  const errorType = head.headers["lambda-extension-function-error-type"];
  return gatherBody(BODY_BYTES_MAX, () => {
    const identifier = identifierIn(head.headers, peer);
    if (typeof identifier !== "string") return answer(answerOfRefusal(identifier));
    if (errorType === undefined || errorType === "")
      return answer(
        answerOfRefusal(forbidden("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")),
      );
    const verdict = peer.onError(identifier, during, errorType);
    answer(verdict.accepted ? TAKEN : answerOfRefusal(verdict));
  });
}

/** Takes one request of the environment whose extensions these are. */
export function routeExtensionsApi(head: RequestHead, peer: ExtensionsPeer, answer: Answer): BodySink {
  const path = head.path.slice(EXTENSIONS_API.length);
  if (head.method === "POST" && path === "register") return register(head, peer, answer);
  if (head.method === "GET" && path === "event/next") return next(head, peer, answer);
  if (head.method === "POST" && path === "init/error") return error(head, peer, "init", answer);
  if (head.method === "POST" && path === "exit/error") return error(head, peer, "exit", answer);
  answer(NOT_FOUND);
  return noBody;
}
