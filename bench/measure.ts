// Measuring: requests over kept connections, and how long each took.
import { Agent, request } from "node:http";
import type { CpuMeter } from "./cpu.ts";

const ANSWER_TIMEOUT_MS = 120_000;

/** What to ask. */
export interface Asked {
  readonly port: number;
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly headers: () => Record<string, string>;
  readonly body: Buffer;
}

/** One request; gives the bytes of the answer. Rejects unless it is answered with 200 by the handler itself. */
export function once(asked: Asked, agent: Agent): Promise<Buffer> {
  const { port, path, body, method = "POST" } = asked;
  return new Promise((resolve, reject) => {
    const headers = { ...asked.headers(), ...(method === "POST" ? { "content-length": body.length } : {}) };
    const sent = request({ agent, host: "127.0.0.1", port, path, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode, headers: answered } = answer;
        if (statusCode === 200 && answered["x-amz-function-error"] === undefined) return resolve(bytes);
        reject(new Error(`${method} ${path}: ${String(statusCode)} ${bytes.toString("utf8", 0, 500)}`));
      });
    });
    sent.setTimeout(ANSWER_TIMEOUT_MS, () => sent.destroy(new Error(`${path}: no answer in two minutes`)));
    sent.on("error", reject);
    sent.end(method === "POST" ? body : undefined);
  });
}

/** Milliseconds that one request takes. */
export async function timeOf(asked: Asked, agent: Agent): Promise<number> {
  const askedMs = performance.now();
  await once(asked, agent);
  return performance.now() - askedMs;
}

/** A connection that is kept until the holder lets go. */
export function connectionOf(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

/** Sends `count` requests from `clients` at once, each over its own connection. Gives every time and the whole. */
export async function load(
  asked: Asked,
  options: { clients: number; count: number },
): Promise<{ times: number[]; perSecond: number }> {
  const times: number[] = [];
  let left = options.count;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: options.clients }, async () => {
      using connection = connectionOf();
      while (left-- > 0) times.push(await timeOf(asked, connection));
    }),
  );
  return { times, perSecond: (options.count / (performance.now() - startedMs)) * 1000 };
}

/** Two sides in short turns, so that a noisy moment meets both. Gives the times of each. */
export async function inTurns(
  sides: readonly Asked[],
  options: { rounds: number; count: number },
): Promise<readonly (readonly number[])[]> {
  const times: number[][] = sides.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    for (const [index, side] of sides.entries()) {
      times[index]?.push(...(await load(side, { clients: 1, count: options.count })).times);
    }
  }
  return times;
}

/** The same by name; what has a meter is measured by it in each of its turns. */
export async function inNamedTurns<Name extends string>(
  sides: Readonly<Record<Name, Asked>>,
  options: { rounds: number; count: number; meters?: Readonly<Partial<Record<Name, CpuMeter>>> },
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const { rounds, count, meters = {} as Readonly<Partial<Record<Name, CpuMeter>>> } = options;
  const names = Object.keys(sides) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const turn = (): ReturnType<typeof load> => load(sides[name], { clients: 1, count });
      const meter = meters[name];
      times[name].push(...(await (meter === undefined ? turn() : meter.during(count, turn))).times);
    }
  }
  return times;
}
