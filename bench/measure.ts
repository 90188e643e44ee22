// Measuring: requests over kept connections, and what their times say.
import { Agent, request } from "node:http";

/** Milliseconds at a share of the sorted times. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** What to ask. */
export interface Target {
  readonly port: number;
  readonly path: string;
  readonly headers: () => Record<string, string>;
  readonly body: Buffer;
}

/** One request. Rejects unless it is answered with 200. */
export function once(target: Target, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        host: "127.0.0.1",
        port: target.port,
        path: target.path,
        method: "POST",
        headers: { ...target.headers(), "content-length": target.body.length },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`status ${String(answer.statusCode)}`)),
        );
      },
    );
    asked.on("error", reject);
    asked.end(target.body);
  });
}

/** Sends `count` requests from `clients` at once, each over its own connection. Gives every time and the whole. */
export async function load(
  target: Target,
  options: { clients: number; count: number },
): Promise<{ times: number[]; perSecond: number }> {
  const times: number[] = [];
  let left = options.count;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: options.clients }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (left-- > 0) {
        const askedMs = performance.now();
        await once(target, agent);
        times.push(performance.now() - askedMs);
      }
      agent.destroy();
    }),
  );
  return { times, perSecond: (options.count / (performance.now() - startedMs)) * 1000 };
}
