// The door: reads a request, finds service and operation, verifies the signature, decodes, calls, encodes.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { messageOf } from "../foundation/fault.ts";
import { newUuid } from "../foundation/ids.ts";
import { type RequestContext, type Service, ServiceException } from "../model/operation.ts";
import { readBody } from "./read-body.ts";
import type { Protocol, Route, WireReply, WireRequest } from "./protocols/protocol.ts";
import { encodeRestJsonException } from "./protocols/rest-json.ts";
import { type AuthMode, createVerifier, type LookUpKey } from "./sigv4/sigv4.ts";

/** A service joined with the protocol it speaks. */
export interface Mounted {
  readonly service: Service;
  readonly protocol: Protocol;
}

/** Paths that are Hearth's own: answered before any AWS service, without a signature. */
export type OwnPaths = (request: WireRequest, signal: AbortSignal) => Promise<WireReply | undefined>;

/** What the gateway stands on. */
export interface GatewayDeps {
  readonly services: readonly Mounted[];
  readonly lookUpKey: LookUpKey;
  readonly ownPaths: OwnPaths;
  readonly nowMs: () => number;
  /** Told of every fault: what broke, and in which request. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

interface Found {
  readonly mounted: Mounted;
  readonly route: Route;
}

const unknownOperation = (): ServiceException =>
  new ServiceException({ code: "UnknownOperationException", status: 404, message: "" });

function internalFailure(): ServiceException {
  return new ServiceException({
    code: "ServiceException",
    status: 500,
    message: "An error occurred and the request cannot be processed.",
    messageMember: "Message",
  });
}

function wireRequest(message: IncomingMessage, body: Buffer): WireRequest {
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  return {
    method: message.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    headers: message.headers as Readonly<Record<string, string | undefined>>,
    body,
  };
}

function send(response: ServerResponse, reply: WireReply, requestId: string): void {
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, {
    "x-amzn-RequestId": requestId,
    ...(reply.status === 204 ? {} : { "content-length": body.length }),
    ...reply.headers,
  });
  response.end(body);
}

/** Makes the gateway's request listener for one endpoint; `auth` says how it takes unknown keys. */
export function createGateway(deps: GatewayDeps): (auth: AuthMode) => RequestListener {
  const verify = createVerifier(deps);

  function find(request: WireRequest): Found | undefined {
    for (const mounted of deps.services) {
      const route = mounted.protocol.route(request);
      if (route !== undefined) return { mounted, route };
    }
    return undefined;
  }

  async function answer(
    request: WireRequest,
    requestId: string,
    auth: AuthMode,
    signal: AbortSignal,
  ): Promise<WireReply> {
    const found = find(request);
    const encodeException = found?.mounted.protocol.encodeException ?? encodeRestJsonException;
    try {
      const caller = verify(request, auth);
      if (found === undefined) throw unknownOperation();
      const { service, protocol } = found.mounted;
      const operation = service.operations[found.route.operation];
      if (operation === undefined) throw unknownOperation();
      const context: RequestContext = {
        accountId: caller.accountId,
        region: caller.region,
        principalArn: caller.principalArn,
        accessKeyId: caller.accessKeyId,
        requestId,
        endpoint: `http://${request.headers["host"] ?? "localhost"}`,
        signal,
        headers: request.headers,
      };
      return protocol.encode(found.route, await operation(protocol.decode(found.route, request), context), requestId);
    } catch (error) {
      if (error instanceof ServiceException) return encodeException(error, requestId);
      deps.onFault(error, requestId);
      return encodeException(internalFailure(), requestId);
    }
  }

  return (auth) => (message, response) => {
    const requestId = newUuid();
    const aborted = new AbortController();
    response.once("close", () => aborted.abort(new Error("the client went away")));
    void (async () => {
      const body = await readBody(message);
      if (body.outcome === "cut") return void response.destroy();
      if (body.outcome === "tooLarge") {
        const exception = new ServiceException({
          code: "RequestEntityTooLargeException",
          status: 413,
          message: `Request must be smaller than ${body.limitBytes} bytes for the ${body.operation} operation`,
        });
        return send(response, encodeRestJsonException(exception, requestId), requestId);
      }
      const request = wireRequest(message, body.bytes);
      const reply =
        (await deps.ownPaths(request, aborted.signal)) ?? (await answer(request, requestId, auth, aborted.signal));
      send(response, reply, requestId);
    })().catch((error: unknown) => {
      deps.onFault(new Error(messageOf(error), { cause: error }), requestId);
      response.destroy();
    });
  };
}
