// The services' end of the link: takes workers in, answers what they ask, hears what they tell.
import { chmodSync, existsSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Assignment } from "../data-plane/assignment/assignment.ts";
import type { Placement, Worker } from "../data-plane/placement/placement.ts";
import type { Feed } from "../feed/feed.ts";
import { Fault } from "../foundation/fault.ts";
import { type Connection, createConnection, type Parcel } from "../link/connection.ts";
import {
  calls,
  type EnvironmentTransition,
  type Hello,
  type LogBatch,
  notices,
  type Pooled,
  type WorkerLoadReport,
} from "../link/messages.ts";

const EMPTY: Parcel = { header: {}, body: Buffer.alloc(0) };

/** What workers need of services. */
export interface LinkServerDeps {
  readonly path: string;
  readonly placement: Placement;
  readonly assignment: Assignment;
  readonly feed: Feed;
  readonly fetchCode: (sha256: string) => Promise<Buffer | undefined>;
  /** Resolves when the batch is stored. */
  readonly storeLogs: (batch: LogBatch) => Promise<void>;
  /** Opens the endpoint where this worker's environments reach it. */
  readonly listenForEnvironments: (host: string | undefined) => Promise<void>;
  /** Something below a local path has changed. */
  readonly onCodeChanged: (localPath: string) => void;
  readonly onFault: (error: unknown) => void;
  readonly say: (line: string) => void;
}

/** The open link. */
export interface LinkServer extends AsyncDisposable {
  /** Asks every worker to hand over what it still holds for services; bounded by the caller. */
  drain(): Promise<void>;
}

function welcome(deps: LinkServerDeps, hello: Hello, connection: Connection): Worker {
  const worker = deps.placement.join(hello, connection);
  deps.assignment.adopt(worker);
  const { workerId, driver, isolation, environments } = hello;
  deps.feed.publish({ event: "WorkerJoined", workerId, driver, environments: environments.length });
  deps.say(`worker ${workerId} joined (${driver}: ${isolation}), ${environments.length} environments`);
  return worker;
}

/** Serves one worker until its socket closes. */
function serveWorker(deps: LinkServerDeps, socket: Socket, connections: Set<Connection>): void {
  let worker: Worker | undefined;
  let isOpen = true;
  const goneBefore: string[] = [];
  const connection: Connection = createConnection(socket, {
    async onCall(method, { header }) {
      if (method === calls.logs) {
        await deps.storeLogs(header as LogBatch);
        return EMPTY;
      }
      if (method !== calls.fetchCode) throw new Fault(`no call named ${method}`);
      const content = await deps.fetchCode((header as { sha256: string }).sha256);
      if (content === undefined) throw new Fault("no such package");
      return { header: {}, body: content };
    },
    onNotice(method, { header }) {
      if (method === notices.hello) {
        const hello = header as Hello;
        void deps
          .listenForEnvironments(hello.serviceAddress)
          .catch(deps.onFault)
          .finally(() => {
            if (isOpen) worker = welcome(deps, hello, connection);
            for (const environmentId of goneBefore) deps.assignment.environmentGone(environmentId);
          });
      } else if (method === notices.load) {
        if (worker !== undefined) deps.placement.report(worker, header as WorkerLoadReport);
      } else if (method === notices.environmentGone) {
        const { environmentId } = header as { environmentId: string };
        // Its hello named it, and is still being answered.
        if (worker === undefined) goneBefore.push(environmentId);
        deps.assignment.environmentGone(environmentId);
      } else if (method === notices.transition) {
        const { environmentId, from, to } = header as EnvironmentTransition;
        deps.feed.publish({ event: "EnvironmentChanged", environmentId, from, to });
      } else if (method === notices.codeChanged) {
        deps.onCodeChanged((header as { localPath: string }).localPath);
      } else if (method === notices.pooled) {
        const workerId = worker?.hello.workerId ?? "";
        deps.feed.publish({ event: "SandboxPooled", workerId, ...(header as Pooled) });
      }
    },
    onClose() {
      isOpen = false;
      connections.delete(connection);
      if (worker === undefined) return;
      deps.placement.leave(worker);
      deps.assignment.forget(worker);
      deps.feed.publish({ event: "WorkerLeft", workerId: worker.hello.workerId });
      deps.say(`worker ${worker.hello.workerId} left`);
    },
  });
  connections.add(connection);
}

/** Opens the link's socket, for its owner alone. */
export async function createLinkServer(deps: LinkServerDeps): Promise<LinkServer> {
  const connections = new Set<Connection>();
  if (existsSync(deps.path)) rmSync(deps.path);
  const server = createServer((socket) => serveWorker(deps, socket, connections));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(deps.path, resolve);
  });
  chmodSync(deps.path, 0o600);
  return {
    async drain() {
      await Promise.allSettled([...connections].map((it) => it.call(calls.drain, {})));
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.close();
      await closed;
    },
  };
}
