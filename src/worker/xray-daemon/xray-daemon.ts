// The X-Ray daemon of environments: takes segments by UDP and passes them on to services, a batch every tenth of a second.
// Nobody waits for it, and what is over its bounds is dropped, as datagrams are.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Clock, Timer } from "../../foundation/clock.ts";
import type { SegmentBatch } from "../../link/messages.ts";

const FLUSH_AFTER_MS = 100;
/** What may be under way between two batches, all environments together. */
const BATCH_BYTES_MAX = 256 << 10;
const BATCH_DOCUMENTS_MAX = 1_000;
/** Of one source, so that one that floods leaves room for others. */
const SOURCE_DOCUMENTS_MAX = 200;

/** Whose segments they are. */
export type SegmentOwner = Pick<SegmentBatch, "accountId" | "region">;

/** Where segments come from and go to. */
export interface DaemonPeer {
  /** undefined: nobody's, and the segment is dropped. `traceId` as its document says. */
  ownerOf(address: string, traceId: () => string | undefined): SegmentOwner | undefined;
  send(batch: SegmentBatch): void;
}

/** An open daemon. Disposal closes it. */
export interface XRayDaemon extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** From now on segments go there; before, they are dropped. */
  serve(peer: DaemonPeer): void;
}

/** Opens it; throws what binding throws. Port 0 takes a free one. */
export async function openXRayDaemon(options: { host: string; port: number; clock: Clock }): Promise<XRayDaemon> {
  const socket = createSocket("udp4").on("error", () => undefined);
  const listening = once(socket, "listening");
  socket.bind(options.port, options.host);
  await listening;
  return new Daemon(options.host, socket, options.clock);
}

/** The document of a datagram: a line that says its format, then itself. Source: X-Ray Developer Guide, "Sending segment documents". */
function documentIn(datagram: Buffer): string | undefined {
  const lineEnd = datagram.indexOf(0x0a);
  if (lineEnd < 0) return undefined;
  const heading = datagram.toString("latin1", 0, lineEnd).replaceAll(/\s/gu, "");
  return /^\{(?:"format":"json","version":1|"version":1,"format":"json")\}$/u.test(heading)
    ? datagram.toString("utf8", lineEnd + 1)
    : undefined;
}

function traceIdIn(document: string): string | undefined {
  try {
    const parsed = JSON.parse(document) as { trace_id?: unknown } | null;
    return typeof parsed?.trace_id === "string" ? parsed.trace_id : undefined;
  } catch {
    return undefined;
  }
}

class Daemon implements XRayDaemon {
  readonly host: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #batches = new Map<string, { readonly owner: SegmentOwner; readonly documents: string[] }>();
  readonly #bySource = new Map<string, number>();
  #peer: DaemonPeer | undefined;
  #bytes = 0;
  #documents = 0;
  #timer: Timer | undefined;

  constructor(host: string, socket: Socket, clock: Clock) {
    this.host = host;
    this.port = socket.address().port;
    this.#socket = socket;
    this.#clock = clock;
    socket.on("message", (datagram, from) => this.#take(datagram, from.address));
  }

  serve(peer: DaemonPeer): void {
    this.#peer = peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #take(datagram: Buffer, address: string): void {
    const ofSource = this.#bySource.get(address) ?? 0;
    const isFull =
      this.#documents >= BATCH_DOCUMENTS_MAX ||
      ofSource >= SOURCE_DOCUMENTS_MAX ||
      this.#bytes + datagram.length > BATCH_BYTES_MAX;
    if (isFull || this.#peer === undefined) return;
    const document = documentIn(datagram);
    if (document === undefined) return;
    const owner = this.#peer.ownerOf(address, () => traceIdIn(document));
    if (owner === undefined) return;
    const { accountId, region } = owner;
    const key = `${accountId}/${region}`;
    const batch = this.#batches.get(key) ?? { owner: { accountId, region }, documents: [] };
    this.#batches.set(key, batch);
    batch.documents.push(document);
    this.#bytes += datagram.length;
    this.#documents += 1;
    this.#bySource.set(address, ofSource + 1);
    this.#timer ??= this.#clock.after(FLUSH_AFTER_MS, () => this.#flush());
  }

  #flush(): void {
    this.#timer = undefined;
    for (const { owner, documents } of this.#batches.values()) this.#peer?.send({ ...owner, documents });
    this.#batches.clear();
    this.#bySource.clear();
    this.#bytes = 0;
    this.#documents = 0;
  }
}
