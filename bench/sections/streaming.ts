// Streamed responses: from the handler's write until the client has it, whatever follows, and what 200 MB on their way take of memory.
import { request } from "node:http";
import { setImmediate } from "node:timers/promises";
import { hearthProcesses, memoryMiB } from "../proc.ts";
import { atMost, type Row, row } from "../report/row.ts";
import type { Bench } from "../section.ts";
import { signedHeaders } from "../signed.ts";
import { aWorld, rootKeys, type World } from "../world.ts";

/** Writes when it was, by the clock that all processes of a machine share; then, after a pause, so many bytes more. */
const HANDLER = `
const chunk = Buffer.alloc(1 << 16, "x");
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  stream.write(JSON.stringify({ at: String(process.hrtime.bigint()) }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (let left = event.bytes; left > 0; left -= chunk.length)
    if (!stream.write(left < chunk.length ? chunk.subarray(0, left) : chunk))
      await new Promise((resolve) => stream.once("drain", resolve));
  stream.end();
});
`;
const NANOSECONDS_PER_MS = 1e6;
const MB = 1_000_000;
const LONG_BYTES = 20 * MB;
/** As much as a response may have, but for the first line. */
const MOST_BYTES = 200 * 1_048_576 - 1_024;
const ROUNDS = { quick: 10, whole: 60 };
const SAMPLES_MS = 20;

interface Streamed {
  readonly firstByteMs: number;
  readonly bytes: number;
  readonly tookMs: number;
}

/** One stream, read as fast as it comes and kept nowhere. */
async function stream(world: World, name: string, bytes: number): Promise<Streamed> {
  const { port } = world;
  const path = `/2021-11-15/functions/${name}/response-streaming-invocations`;
  const body = Buffer.from(JSON.stringify({ bytes }));
  const headers = (await signedHeaders(rootKeys, { port, path, body }))();
  return await new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const sending = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent: false }, (response) => {
      let firstByteMs = Number.NaN;
      let seen = 0;
      response.on("data", (chunk: Buffer) => {
        const now = process.hrtime.bigint();
        seen += chunk.length;
        if (!Number.isNaN(firstByteMs)) return;
        const at = /\{"at":"(\d+)"\}/u.exec(chunk.toString("latin1"))?.[1];
        if (at !== undefined) firstByteMs = Number(now - BigInt(at)) / NANOSECONDS_PER_MS;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ firstByteMs, bytes: seen, tookMs: performance.now() - startedMs }));
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

/** The most that they had in memory during some work, over what they had before it. */
async function growthMiB(pids: readonly number[], work: () => Promise<Streamed>) {
  const residentMiB = (): number => pids.reduce((total, pid) => total + memoryMiB(pid, "Rss"), 0);
  const before = residentMiB();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, residentMiB())), SAMPLES_MS);
  try {
    const streamed = await work();
    return { before, growth: most - before, streamed };
  } finally {
    clearInterval(timer);
    await setImmediate();
  }
}

export async function streaming(bench: Bench): Promise<readonly Row[]> {
  await using world = await aWorld();
  await world.create("streams", { code: HANDLER });
  const rounds = bench.isQuick ? ROUNDS.quick : ROUNDS.whole;
  bench.say("first bytes");
  const short: number[] = [];
  const long: number[] = [];
  for (let round = -5; round < rounds; round++) {
    const sides = [await stream(world, "streams", 0), await stream(world, "streams", LONG_BYTES)];
    // The first ones are for warming up.
    if (round < 0) continue;
    short.push(sides[0]?.firstByteMs ?? Number.NaN);
    long.push(sides[1]?.firstByteMs ?? Number.NaN);
  }
  bench.say("200 MB");
  const { services, worker } = hearthProcesses(world.hearth.supervisor.pid ?? 0);
  const pids = [...services, ...worker];
  const little = await growthMiB(pids, () => stream(world, "streams", LONG_BYTES));
  const most = await growthMiB(pids, () => stream(world, "streams", MOST_BYTES));
  return [
    row({
      id: "streaming.first-byte",
      what: "from the handler's write of the first bytes until the client has them",
      unit: "ms",
      hearth: short,
      target: atMost(5, 2),
    }),
    row({
      id: "streaming.first-byte-of-much",
      what: "the same with 20 MB behind it",
      unit: "ms",
      hearth: long,
      target: atMost(5, 2),
    }),
    row({
      id: "streaming.memory",
      what: "what services and worker grow by while 200 MB go through them",
      unit: "MiB",
      hearth: [most.growth],
      target: atMost(40, 20),
      details: {
        processes: pids.length,
        residentBeforeMiB: most.before,
        growthOf20MbMiB: little.growth,
        bytes: most.streamed.bytes,
        tookMs: most.streamed.tookMs,
      },
    }),
  ];
}
