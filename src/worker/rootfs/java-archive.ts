// The class-data sharing archive of a Java runtime: AWS's client runs once, for an event of ours, and what classes that took are
// written down as they lie in memory. Functions' own classes come by a class loader that such archives don't know.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { newHex } from "../../foundation/ids.ts";
import { run } from "../../foundation/subprocess.ts";

const TRAINING_TIMEOUT_MS = 60_000;
/** A method of Java's own that takes an object and gives one: the client reads and writes JSON for it. */
const HANDLER = "java.util.Collections::unmodifiableMap";
const EVENT = '{"text":"a","number":1.5,"list":[true,null,{"nested":2}]}';

interface TrainingApi extends AsyncDisposable {
  readonly address: string;
  /** Resolves when the runtime has answered the event and asks for another. */
  readonly done: Promise<void>;
}

/** A Runtime API that has one event. */
async function aTrainingApi(): Promise<TrainingApi> {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let asked = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume();
    if (request.url?.endsWith("/next") !== true) response.writeHead(202).end("{}");
    else if ((asked += 1) > 1) resolve();
    else {
      response.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": "00000000-0000-4000-8000-000000000000",
        "lambda-runtime-deadline-ms": String(Number.MAX_SAFE_INTEGER),
        "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:training",
      });
      response.end(EVENT);
    }
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    address: `127.0.0.1:${port}`,
    done,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Where a runtime lies that wants an archive. */
export interface JavaPlace {
  /** The program that leads to where the runtime runs, and its arguments. */
  readonly into: readonly [string, ...string[]];
  /** The directory with its bootstrap, seen from there. */
  readonly directory: string;
  /** The same, seen from here. */
  readonly directoryHere: string;
}

/**
 * Makes the archive beside a bootstrap, where there is none yet.
 * The virtual machine and the client are this machine's and AWS's: nobody's whose code would need a sandbox.
 * @returns whether there is one now; without, everything starts more slowly
 */
export async function makeJavaArchive({ into, directory, directoryHere }: JavaPlace): Promise<boolean> {
  const archive = join(directoryHere, "runtime.jsa");
  if (existsSync(archive)) return true;
  // Its name is given to it when it is whole: others may be starting with it.
  const unfinished = `runtime-${newHex(4)}.part`;
  await using api = await aTrainingApi();
  let isTrained = false;
  void api.done.then(() => (isTrained = true));
  const [program, ...args] = into;
  await run(program, [...args, join(directory, "bootstrap")], {
    timeoutMs: TRAINING_TIMEOUT_MS,
    endWhen: api.done,
    env: {
      PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
      LD_LIBRARY_PATH: "/var/lang/lib",
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_FUNCTION_NAME: "training",
      AWS_LAMBDA_FUNCTION_VERSION: "1",
      AWS_REGION: "us-east-1",
      // Frames on the standard output: nobody reads them, and the classes that write them belong in the archive.
      _LAMBDA_TELEMETRY_LOG_FD: "1",
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      _HANDLER: HANDLER,
      HEARTH_ARCHIVE_TO: join(directory, unfinished),
    },
  });
  const made = join(directoryHere, unfinished);
  if (!existsSync(made)) return false;
  // One that was written after a failure has next to nothing in it.
  await (isTrained ? rename(made, archive) : rm(made, { force: true }));
  return isTrained;
}
