// A Runtime API with a list of events: starts a runtime client as a process of its own and collects all that it says.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";

const PREFIX = "/2018-06-01/runtime/";

/** An event, with headers beside the usual ones. */
export interface FakeEvent {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What to run, on which code, and what to ask it. */
export interface Run {
  readonly command: readonly string[];
  /** The package's files by their names. */
  readonly files: Readonly<Record<string, string>>;
  readonly handler: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly events?: readonly FakeEvent[];
  /** Whether the log goes to a descriptor in frames, as in an environment; else it goes to standard output. */
  readonly hasTelemetry?: boolean;
}

/** What the client posted. */
export interface Post {
  readonly kind: "response" | "error" | "initError";
  readonly text: string;
  /** The text as JSON; undefined where it is none. */
  readonly json: unknown;
  readonly headers: IncomingMessage["headers"];
  readonly trailers: IncomingMessage["trailers"];
}

/** One event of the log as the client framed it. */
export interface Frame {
  readonly type: number;
  readonly text: string;
}

/** All that came of it. */
export interface Outcome {
  readonly posts: readonly Post[];
  readonly frames: readonly Frame[];
  readonly stdout: string;
  readonly stderr: string;
  /** undefined: it was still there, asking for more, and was ended. */
  readonly exitCode: number | undefined;
  /** The package's directory while it ran. */
  readonly taskRoot: string;
}

/** The request id of the n-th event. */
export function requestIdOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function framesOf(bytes: Buffer): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    frames.push({ type: bytes.readUInt32BE(at), text: bytes.toString("utf8", at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return frames;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Hands out events in order; `onExhausted` is told when the client asks for one more. */
function createApi(events: readonly FakeEvent[], posts: Post[], onExhausted: () => void): Server {
  let given = 0;
  let posting: Promise<void> = Promise.resolve();
  async function giveNext(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const event = events[given];
    if (event === undefined) {
      // The last post and this request come in one write: whoever ends the client now must have read that first.
      await posting;
      return onExhausted();
    }
    const id = requestIdOf(given++);
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(event.body),
      "Lambda-Runtime-Aws-Request-Id": id,
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + 30_000),
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:fake",
      ...event.headers,
    });
    response.end(event.body);
  }

  async function takePost(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const text = (await collect(request)).toString("utf8");
    const kind = path === `${PREFIX}init/error` ? "initError" : path.endsWith("/error") ? "error" : "response";
    posts.push({ kind, text, json: jsonOf(text), headers: request.headers, trailers: request.trailers });
    response.writeHead(202, { "Content-Type": "application/json", "Content-Length": 15 }).end('{"status":"OK"}');
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (path === `${PREFIX}invocation/next`) return await giveNext(request, response);
    posting = takePost(request, response, path);
    await posting;
  }
  // A client that is ended in the middle of a request is what some of the tests are about.
  return createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
}

function writeFiles(directory: string, files: Run["files"]): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
    chmodSync(join(directory, name), 0o755);
  }
}

function start(run: Run, taskRoot: string, api: string): ChildProcess {
  const [file = "", ...args] = run.command;
  const hasTelemetry = run.hasTelemetry !== false;
  return spawn(file, args, {
    cwd: taskRoot,
    stdio: ["ignore", "pipe", "pipe", hasTelemetry ? "pipe" : "ignore"],
    env: {
      PATH: process.env["PATH"] ?? "",
      LANG: "C.UTF-8",
      AWS_LAMBDA_RUNTIME_API: api,
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: run.handler,
      AWS_LAMBDA_FUNCTION_NAME: "fake",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/fake",
      AWS_LAMBDA_LOG_STREAM_NAME: "stream",
      ...(hasTelemetry ? { _LAMBDA_TELEMETRY_LOG_FD: "3" } : {}),
      ...run.env,
    },
  });
}

/** Runs a client until it has answered every event or has ended. */
export async function runClient(run: Run): Promise<Outcome> {
  const taskRoot = mkdtempSync(join(tmpdir(), "hearth-task-"));
  writeFiles(taskRoot, run.files);
  const posts: Post[] = [];
  let wasEnded = false;
  let child: ChildProcess | undefined;
  const server = createApi(run.events ?? [], posts, () => {
    wasEnded = true;
    child?.kill("SIGKILL");
  }).listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    child = start(run, taskRoot, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    const streams = [child.stdout, child.stderr, child.stdio[3] as Readable | null];
    const [output, exit] = await Promise.all([
      Promise.all(streams.map(async (it) => (it === null ? Buffer.alloc(0) : await collect(it)))),
      once(child, "close") as Promise<[number | null]>,
    ]);
    const [stdout, stderr, telemetry] = output;
    return {
      posts,
      frames: framesOf(telemetry ?? Buffer.alloc(0)),
      stdout: stdout?.toString("utf8") ?? "",
      stderr: stderr?.toString("utf8") ?? "",
      exitCode: wasEnded ? undefined : (exit[0] ?? -1),
      taskRoot,
    };
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(taskRoot, { recursive: true, force: true });
  }
}
