// The resolver of environments: tells each its own name, passes other DNS queries on to the host's name servers, and the
// answers back.
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Clock, Timer } from "../../foundation/clock.ts";
import { answerOwnName } from "./sandbox-name.ts";

const PENDING_MAX = 4096;
const ANSWER_WITHIN_MS = 5_000;
const HEADER_BYTES = 12;
const TCP_IDLE_MS = 10_000;
const TCP_SOCKETS_MAX = 512;

/** An open resolver. */
export interface Resolver extends AsyncDisposable {
  readonly port: number;
}

/** Name servers out of a resolv.conf's text. Pure. */
export function nameServers(resolvConf: string): readonly string[] {
  return [...resolvConf.matchAll(/^nameserver\s+([\d.]+)\s*$/gmu)].flatMap((it) => it[1] ?? []);
}

interface Pending {
  readonly id: number;
  readonly from: RemoteInfo;
  readonly timer: Timer;
}

/** Where queries go, and where they are answered. */
export interface ResolverOptions {
  readonly host: string;
  readonly port: number;
  readonly upstreams: readonly { readonly host: string; readonly port: number }[];
  readonly clock: Clock;
}

/**
 * Answers at `host:port`, over UDP and, for what does not fit there, over TCP. With no upstream, queries go unanswered, as
 * without a network. A query that stays unanswered for five seconds is forgotten; above 4,096 at once, more are dropped:
 * resolvers ask again.
 */
export async function createResolver(options: ResolverOptions): Promise<Resolver> {
  const udp = await openUdp(options);
  const tcp = await openTcp({ ...options, port: udp.port });
  return {
    port: udp.port,
    async [Symbol.asyncDispose]() {
      await Promise.all([udp[Symbol.asyncDispose](), tcp[Symbol.asyncDispose]()]);
    },
  };
}

const ignoreErrors = (socket: UdpSocket): UdpSocket => socket.on("error", () => undefined);

async function openUdp(options: ResolverOptions): Promise<Resolver> {
  const { upstreams, clock } = options;
  const front = ignoreErrors(createSocket("udp4"));
  const back = ignoreErrors(createSocket("udp4"));
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let turn = 0;

  front.on("message", (query, from) => {
    const own = answerOwnName(query, from.address);
    if (own !== undefined) return front.send(own, from.port, from.address);
    const upstream = upstreams[turn++ % Math.max(1, upstreams.length)];
    if (upstream === undefined || query.length < HEADER_BYTES || pending.size >= PENDING_MAX) return;
    do lastId = (lastId + 1) & 0xffff;
    while (pending.has(lastId));
    const ours = lastId;
    const timer = clock.after(ANSWER_WITHIN_MS, () => pending.delete(ours));
    pending.set(ours, { id: query.readUInt16BE(0), from, timer });
    const passed = Buffer.from(query);
    passed.writeUInt16BE(ours, 0);
    back.send(passed, upstream.port, upstream.host);
  });
  back.on("message", (answer, from) => {
    // Only those who were asked may answer.
    if (answer.length < HEADER_BYTES || !upstreams.some((it) => it.host === from.address && it.port === from.port))
      return;
    const asked = pending.get(answer.readUInt16BE(0));
    if (asked === undefined) return;
    pending.delete(answer.readUInt16BE(0));
    asked.timer[Symbol.dispose]();
    const passed = Buffer.from(answer);
    passed.writeUInt16BE(asked.id, 0);
    front.send(passed, asked.from.port, asked.from.address);
  });
  back.bind(0);
  front.bind(options.port, options.host);
  await Promise.all([once(front, "listening"), once(back, "listening")]);
  return {
    port: front.address().port,
    async [Symbol.asyncDispose]() {
      for (const { timer } of pending.values()) timer[Symbol.dispose]();
      await Promise.all([front, back].map((it) => new Promise<void>((resolve) => it.close(() => resolve()))));
    },
  };
}

/** Over TCP both sides frame alike, so the bytes are passed through. */
async function openTcp(options: ResolverOptions): Promise<Resolver> {
  const { upstreams, host, port } = options;
  const sockets = new Set<Socket>();
  let turn = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    return socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    const upstream = upstreams[turn++ % Math.max(1, upstreams.length)];
    if (upstream === undefined || sockets.size > TCP_SOCKETS_MAX) return void client.destroy();
    const onward = keep(connect(upstream));
    client.pipe(onward).pipe(client);
    client.once("close", () => onward.destroy());
    onward.once("close", () => client.destroy());
  });
  server.listen({ host, port });
  await once(server, "listening");
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
