// The resolver of environments: passes their DNS queries on to the host's name servers, and the answers back.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Clock, Timer } from "../../foundation/clock.ts";

const PENDING_MAX = 4096;
const ANSWER_WITHIN_MS = 5_000;
const HEADER_BYTES = 12;

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

/**
 * Answers at `host:port`. With no upstream, queries go unanswered, as without a network. A query that stays
 * unanswered for five seconds is forgotten; above 4,096 at once, more are dropped: resolvers ask again.
 */
export async function createResolver(options: {
  host: string;
  port: number;
  upstreams: readonly { host: string; port: number }[];
  clock: Clock;
}): Promise<Resolver> {
  const front = createSocket("udp4");
  const back = createSocket("udp4");
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let turn = 0;

  const ignore = (socket: Socket): Socket => socket.on("error", () => undefined);
  ignore(front).on("message", (query, from) => {
    const upstream = options.upstreams[turn++ % Math.max(1, options.upstreams.length)];
    if (upstream === undefined || query.length < HEADER_BYTES || pending.size >= PENDING_MAX) return;
    do lastId = (lastId + 1) & 0xffff;
    while (pending.has(lastId));
    const ours = lastId;
    const timer = options.clock.after(ANSWER_WITHIN_MS, () => pending.delete(ours));
    pending.set(ours, { id: query.readUInt16BE(0), from, timer });
    const passed = Buffer.from(query);
    passed.writeUInt16BE(ours, 0);
    back.send(passed, upstream.port, upstream.host);
  });
  ignore(back).on("message", (answer, from) => {
    // Only those who were asked may answer.
    if (
      answer.length < HEADER_BYTES ||
      !options.upstreams.some((it) => it.host === from.address && it.port === from.port)
    )
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
