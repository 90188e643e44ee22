// The seam between the gateway and AWS's wire protocols: each finds its operation, decodes, and encodes.
import type { Members, ServiceException } from "../../model/operation.ts";

/** A request as read from the socket. */
export interface WireRequest {
  readonly method: string;
  /** Percent-encoded, as sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Whether it came by TLS. */
  readonly isSecure: boolean;
  /** The client's, as the socket has it. */
  readonly remoteAddress: string | undefined;
}

/** An answer, ready for the socket. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What is iterated goes out piece by piece, as fast as the client takes it. */
  readonly body: Buffer | string | AsyncIterable<Buffer>;
}

/** An operation found for a request, with what its path said. */
export interface Route {
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** One wire protocol of one service. */
export interface Protocol {
  /**
   * Which operation the request means, be it one that there is not; undefined when the request is not this service's.
   * Never reads more than headers, path and, for query, the body.
   */
  route(request: WireRequest): Route | undefined;
  /** What the service says to an operation that it does not carry out. */
  unknownOperation(route: Route): ServiceException;
  /** Throws SerializationException for a malformed body. */
  decode(route: Route, request: WireRequest): Members;
  encode(route: Route, output: Members, requestId: string): WireReply;
  encodeException(exception: ServiceException, requestId: string): WireReply;
}
