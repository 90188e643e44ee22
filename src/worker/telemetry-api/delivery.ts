// Sends batches into an environment, by HTTP or TCP, to the port that a subscriber named.
import { connect, type Socket } from "node:net";
import type { TelemetryDestination } from "./subscription-request.ts";

/** The environment's own address, and the one that the worker reaches it from; undefined: any. */
export interface SubscriberAddress {
  readonly host: string;
  readonly localAddress: string | undefined;
}

/** A way to one subscriber. */
export interface Delivery extends Disposable {
  /** Resolves when the subscriber has the batch; rejects where it can't be reached or takes none. */
  send(events: readonly string[], signal: AbortSignal): Promise<void>;
}

/** `net` takes no undefined. */
function placeOf({ host, localAddress }: SubscriberAddress): { host: string; localAddress?: string } {
  return localAddress === undefined ? { host } : { host, localAddress };
}

async function postBatch(
  address: SubscriberAddress,
  destination: Extract<TelemetryDestination, { protocol: "HTTP" }>,
  events: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { port, path } = destination;
  const body = Buffer.from(`[${events.join(",")}]`);
  // Loaded when the first subscriber is there: most workers never have one.
  const { request } = await import("node:http");
  await new Promise<void>((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    const sending = request(
      { ...placeOf(address), port, path, method: "POST", headers, signal, agent: false },
      (response) => {
        const { statusCode = 0 } = response;
        response.resume();
        if (statusCode >= 200 && statusCode < 300) resolve();
        else reject(new Error(`the subscriber answered ${statusCode}`));
        // Whatever else it says, nobody reads.
        response.destroy();
      },
    );
    sending.on("error", reject);
    sending.end(body);
  });
}

/** One connection, kept; a line for each event. */
function createLines(address: SubscriberAddress, port: number): Delivery {
  let socket: Socket | undefined;
  const open = (signal: AbortSignal): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const opened = connect({ ...placeOf(address), port, signal });
      opened.once("connect", () => resolve(opened));
      opened.once("error", reject);
      opened.on("error", () => opened.destroy());
      opened.on("close", () => {
        if (socket === opened) socket = undefined;
      });
      opened.resume();
    });
  return {
    async send(events, signal) {
      socket ??= await open(signal);
      const to = socket;
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => void to.destroy(new Error("the subscriber does not read"));
        signal.addEventListener("abort", abort, { once: true });
        to.once("close", () => reject(new Error("the subscriber has closed its connection")));
        // Called when the kernel has it all: a subscriber that does not read fills its buffers first.
        to.write(`${events.join("\n")}\n`, (error) => {
          signal.removeEventListener("abort", abort);
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      });
    },
    [Symbol.dispose]: () => void socket?.destroy(),
  };
}

/** The way to a destination in the environment at `address`. */
export function createDelivery(address: SubscriberAddress, destination: TelemetryDestination): Delivery {
  if (destination.protocol === "TCP") return createLines(address, destination.port);
  return {
    send: (events, signal) => postBatch(address, destination, events, signal),
    [Symbol.dispose]: () => undefined,
  };
}
