// The yardstick of memory: runtime clients as plain processes, each waiting on a bare Runtime API after one invocation.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Language } from "../languages.ts";
import { ended } from "./bare-server.ts";

const TIMEOUT_MS = 30_000;

/** Processes that have answered once and wait. */
export interface BareRuntimes extends AsyncDisposable {
  readonly pids: readonly number[];
}

const runtimes = fileURLToPath(new URL("../../runtimes/", import.meta.url));

/** The command, by a copy of the interpreter where others run the same file and would share its pages. */
function commandOf(language: Language, directory: string): readonly string[] {
  if (language.name === "Python") return ["python3.11", join(runtimes, "python/bootstrap.py")];
  const copy = join(directory, "node");
  copyFileSync(process.execPath, copy);
  // As environments of that memory have it.
  return [copy, "--max-old-space-size=1592", join(runtimes, "nodejs/index.mjs")];
}

/** With its length, as clients expect of the Runtime API. */
function answer(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": text.length, ...headers });
  response.end(text);
}

/** Gives every client one event and then lets it wait; `onWaiting` is told of each that does. */
function createApi(onWaiting: () => void): Server {
  const served = new WeakSet<object>();
  return createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith("/next") !== true) return answer(response, 202, '{"status":"OK"}', {});
    if (served.has(request.socket)) return onWaiting();
    served.add(request.socket);
    return answer(response, 200, "{}", {
      "Lambda-Runtime-Aws-Request-Id": "00000000-0000-4000-8000-000000000000",
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + TIMEOUT_MS),
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:bare",
    });
  });
}

/** Starts so many at once and waits until all of them wait. */
export async function bareRuntimes(language: Language, count: number, directory: string): Promise<BareRuntimes> {
  await using stack = new AsyncDisposableStack();
  let waiting = 0;
  let allWait = (): void => undefined;
  const waitingAll = new Promise<void>((resolve) => (allWait = resolve));
  const server = createApi(() => {
    waiting++;
    if (waiting === count) allWait();
  }).listen(0, "127.0.0.1");
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  writeFileSync(join(directory, language.file), language.echo);
  const [file = "", ...args] = commandOf(language, directory);
  const children: ChildProcess[] = [];
  for (let index = 0; index < count; index++) {
    const child = spawn(file, args, {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        PATH: process.env["PATH"] ?? "",
        LANG: "C.UTF-8",
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        LAMBDA_TASK_ROOT: directory,
        _HANDLER: language.handler,
        AWS_LAMBDA_FUNCTION_NAME: "bare",
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
        AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/bare",
        AWS_LAMBDA_LOG_STREAM_NAME: "stream",
      },
    });
    children.push(child);
    stack.defer(() => ended(child));
  }
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`${waiting} of ${count} bare runtimes wait`)), TIMEOUT_MS).unref(),
  );
  await Promise.race([waitingAll, late]);
  const resources = stack.move();
  return {
    pids: children.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
