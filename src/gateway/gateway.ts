// The door: reads a request, finds service and operation, verifies the signature, decodes, calls, encodes.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import { messageOf, unreachable } from "../foundation/fault.ts";
import { newUuid } from "../foundation/ids.ts";
import { type RequestContext, type Service, ServiceException } from "../model/operation.ts";
import { readBody } from "./read-body.ts";
import type { Protocol, Route, WireReply, WireRequest } from "./protocols/protocol.ts";
import { encodeRestJsonException, unknownOperation } from "./protocols/rest-json.ts";
import { type AuthMode, type Caller, createVerifier, type LookUpKey } from "./sigv4/sigv4.ts";

/** A service joined with the protocol it speaks. */
export interface Mounted {
  readonly service: Service;
  readonly protocol: Protocol;
}

/** Who looks at Hearth's own paths: whoever reaches its port, or code inside an environment, known by its signature alone. */
export type Viewer = "anyone" | { readonly accountId: string | undefined };

/** Paths that are Hearth's own: answered before any AWS service. */
export type OwnPaths = (request: WireRequest, viewer: Viewer, signal: AbortSignal) => Promise<WireReply | undefined>;

/** The gateway's need of a decision: may this caller, by this request, do this to that? */
export type Authorize = (
  caller: Caller,
  request: Pick<WireRequest, "isSecure" | "remoteAddress" | "headers">,
  action: string,
  resourceArn: string,
) => void;

/** What the gateway stands on. */
export interface GatewayDeps {
  readonly services: readonly Mounted[];
  readonly lookUpKey: LookUpKey;
  /** Throws AccessDeniedException. */
  readonly authorize: Authorize;
  readonly ownPaths: OwnPaths;
  /** Takes a request before its body is read, where that may have any size; false for any other. At local endpoints alone. */
  readonly serveRegistry: (message: IncomingMessage, response: ServerResponse) => boolean;
  readonly nowMs: () => number;
  /** Told of every fault: what broke, and in which request. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

/** The request that is being answered, and until when that matters. */
interface Answering {
  readonly requestId: string;
  readonly signal: AbortSignal;
}

interface Found {
  readonly mounted: Mounted;
  readonly route: Route;
}

function internalFailure(): ServiceException {
  return new ServiceException({
    code: "ServiceException",
    status: 500,
    message: "An error occurred and the request cannot be processed.",
    messageMember: "Message",
  });
}

const ONE_WRITE_BYTES_MAX = 16 << 10;

function wireRequest(message: IncomingMessage, body: Buffer): WireRequest {
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  return {
    method: message.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    headers: message.headers as Readonly<Record<string, string | undefined>>,
    body,
    isSecure: message.socket instanceof TLSSocket,
    remoteAddress: message.socket.remoteAddress,
  };
}

/** AWS's answer to a body over the bound; it names the operation that the path means. */
function entityTooLarge(limitBytes: number, operation: string): ServiceException {
  return new ServiceException({
    code: "RequestEntityTooLargeException",
    status: 413,
    message: `Request must be smaller than ${limitBytes} bytes for the ${operation} operation`,
  });
}

/** Writes as fast as the client takes it. A client that has gone ends the reading; a source that breaks ends the client's. */
async function sendStream(response: ServerResponse, body: AsyncIterable<Buffer>): Promise<void> {
  response.flushHeaders();
  for await (const chunk of body) {
    if (response.destroyed) break;
    if (response.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        response.off("drain", go).off("close", go);
        resolve();
      };
      response.once("drain", go).once("close", go);
    });
  }
  response.end();
}

async function send(response: ServerResponse, reply: WireReply, requestId: string): Promise<void> {
  if (typeof reply.body === "object" && Symbol.asyncIterator in reply.body) {
    response.writeHead(reply.status, { "x-amzn-RequestId": requestId, ...reply.headers });
    return await sendStream(response, reply.body);
  }
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, {
    "x-amzn-RequestId": requestId,
    ...(reply.status === 204 ? {} : { "content-length": body.length }),
    ...reply.headers,
  });
  // A string goes out with the head in one write, a buffer in one of its own; latin1 keeps the bytes as they are.
  if (body.length <= ONE_WRITE_BYTES_MAX) response.end(body.toString("latin1"), "latin1");
  else response.end(body);
}

/** The service and operation that a request means. */
function find(services: readonly Mounted[], request: WireRequest): Found | undefined {
  for (const mounted of services) {
    const route = mounted.protocol.route(request);
    if (route !== undefined) return { mounted, route };
  }
  return undefined;
}

async function call(
  { mounted: { service, protocol }, route }: Found,
  { request, caller, authorize }: { request: WireRequest; caller: Caller; authorize: Authorize },
  at: Answering,
): Promise<WireReply> {
  const operation = service.operations[route.operation];
  if (operation === undefined) throw protocol.unknownOperation(route);
  const context: RequestContext = {
    ...at,
    accountId: caller.accountId,
    region: caller.region,
    principalArn: caller.principalArn,
    accessKeyId: caller.accessKeyId,
    endpoint: `${request.isSecure ? "https" : "http"}://${request.headers["host"] ?? "localhost"}`,
    headers: request.headers,
    authorize: (action, resourceArn) => authorize(caller, request, action, resourceArn),
  };
  return protocol.encode(route, await operation(protocol.decode(route, request), context), at.requestId);
}

/** One endpoint: how it takes unknown keys, and whether those who call it are environments. */
export interface Endpoint {
  readonly auth: AuthMode;
  /** They may look at what Hearth shows of their own account, and change nothing of it. */
  readonly isForEnvironments?: boolean;
}

/** Makes the gateway's request listener for one endpoint. */
export function createGateway(deps: GatewayDeps): (endpoint: Endpoint) => RequestListener {
  const verify = createVerifier(deps);

  function viewerOf(request: WireRequest, { isForEnvironments }: Endpoint): Viewer {
    if (isForEnvironments !== true) return "anyone";
    const isSigned = request.headers["authorization"] !== undefined;
    return { accountId: isSigned ? verify(request, "strict").accountId : undefined };
  }

  async function answer(request: WireRequest, endpoint: Endpoint, at: Answering): Promise<WireReply> {
    let encodeException = encodeRestJsonException;
    try {
      if (request.path.startsWith("/_")) {
        const own = await deps.ownPaths(request, viewerOf(request, endpoint), at.signal);
        if (own !== undefined) return own;
      }
      const found = find(deps.services, request);
      encodeException = found?.mounted.protocol.encodeException ?? encodeException;
      const caller = verify(request, endpoint.auth, found?.mounted.service.name);
      if (found === undefined) throw unknownOperation();
      return await call(found, { request, caller, authorize: deps.authorize }, at);
    } catch (error) {
      if (error instanceof ServiceException) return encodeException(error, at.requestId);
      deps.onFault(error, at.requestId);
      return encodeException(internalFailure(), at.requestId);
    }
  }

  async function reply(message: IncomingMessage, endpoint: Endpoint, at: Answering): Promise<WireReply | undefined> {
    const body = await readBody(message);
    switch (body.outcome) {
      case "cut":
        return undefined;
      case "tooLarge": {
        const operation =
          find(deps.services, wireRequest(message, Buffer.alloc(0)))?.route.operation ?? "CreateFunction";
        return encodeRestJsonException(entityTooLarge(body.limitBytes, operation), at.requestId);
      }
      case "read": {
        const request = wireRequest(message, body.bytes);
        return await answer(request, endpoint, at);
      }
      default:
        return unreachable(body);
    }
  }

  return (endpoint) => (message, response) => {
    if (endpoint.auth === "local" && message.url?.startsWith("/v2") === true && deps.serveRegistry(message, response))
      return;
    const requestId = newUuid();
    const aborted = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) aborted.abort(new Error("the client went away"));
    });
    reply(message, endpoint, { requestId, signal: aborted.signal })
      .then(async (it) => (it === undefined ? void response.destroy() : await send(response, it, requestId)))
      .catch((error: unknown) => {
        deps.onFault(new Error(messageOf(error), { cause: error }), requestId);
        response.destroy();
      });
  };
}
