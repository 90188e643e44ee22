// What code inside environments talks to: the Runtime, Extensions and Telemetry APIs behind one address. Environments are told
// apart by source address or by the port they were given.
import type { Socket } from "node:net";
import { EXTENSIONS_API, forbidden, identifierIn, routeExtensionsApi } from "../extensions-api/extensions-api.ts";
import type { ExtensionsPeer } from "../extensions-api/extensions-peer.ts";
import { type BodyFlow, type HttpAnswer, noBody } from "../http/http-connection.ts";
import type { BodySink, RequestHead } from "../http/http-reader.ts";
import { createHttpServer, type HttpPort } from "../http/http-server.ts";
import { answerOfRefusal, type Refusal } from "../http/refusal.ts";
import { routeRuntimeApi, RUNTIME_API } from "../runtime-api/runtime-api.ts";
import type { RuntimePeer } from "../runtime-api/runtime-peer.ts";
import { isTelemetryPath, routeTelemetryApi } from "../telemetry-api/telemetry-api.ts";
import type { TelemetryPeer } from "../telemetry-api/telemetry.ts";

/** One environment as its APIs see it. */
export interface EnvironmentPeer {
  /** A process inside has opened a connection. */
  onConnect(): void;
  readonly runtime: RuntimePeer;
  readonly extensions: ExtensionsPeer & { nameOf(identifier: string): string | undefined };
  readonly telemetry: TelemetryPeer;
}

/** The APIs of one worker. Disposal ends all connections. */
export interface EnvironmentApis extends AsyncDisposable {
  /** Opens a port; throws what `listen` throws. */
  listen(host: string, port: number): Promise<HttpPort>;
  attach(identity: string, peer: EnvironmentPeer): void;
  detach(identity: string): void;
}

type Answer = (answer: HttpAnswer) => void;

const NOBODY = forbidden("Forbidden", "No execution environment has this address");

function extensionOf(head: RequestHead, { extensions }: EnvironmentPeer): { readonly name: string } | Refusal {
  const identifier = identifierIn(head.headers, extensions);
  return typeof identifier === "string" ? { name: extensions.nameOf(identifier) ?? identifier } : identifier;
}

function route(head: RequestHead, peer: EnvironmentPeer | undefined, answer: Answer, flow: BodyFlow): BodySink {
  if (peer === undefined) {
    answer(answerOfRefusal(NOBODY));
    return noBody;
  }
  // First what every invocation asks.
  if (head.path.startsWith(RUNTIME_API)) return routeRuntimeApi(head, peer.runtime, answer, flow);
  if (head.path.startsWith(EXTENSIONS_API)) return routeExtensionsApi(head, peer.extensions, answer);
  if (isTelemetryPath(head.path)) return routeTelemetryApi(head, peer.telemetry, () => extensionOf(head, peer), answer);
  return routeRuntimeApi(head, peer.runtime, answer, flow);
}

/** `identify` tells an environment by its connection. */
export function createEnvironmentApis(identify: (socket: Socket) => string): EnvironmentApis {
  const peers = new Map<string, EnvironmentPeer>();
  const server = createHttpServer({
    identify,
    onConnect: (identity) => peers.get(identity)?.onConnect(),
    handle: (identity, head, answer, flow) => route(head, peers.get(identity), answer, flow),
  });
  return {
    listen: server.listen,
    attach: (identity, peer) => void peers.set(identity, peer),
    detach(identity) {
      peers.delete(identity);
      server.disconnect(identity);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
