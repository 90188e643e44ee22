// The class-data sharing archive of a Java runtime: AWS's client runs once, for an event of ours, and what classes that took are
// written down as they lie in memory (runtime.jsa), and by their names (runtime.classes), which packages' own archives begin with.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, readFile, rename, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { newHex } from "../../foundation/ids.ts";
import { run } from "../../foundation/subprocess.ts";

const TRAINING_TIMEOUT_MS = 60_000;
/** A method of Java's own that takes an object and gives one: the client reads and writes JSON for it. */
const HANDLER = "java.util.Collections::unmodifiableMap";
/** Brings the classes of TLS, nearly five hundred, which packages with a client of some service need and a handful of lines don't. */
const SECURE_HANDLER = "javax.net.ssl.SSLContext::getDefault";
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

/** Runs the runtime for one event with that handler; what it writes down has names that begin with `to`. @returns whether it answered */
async function train({ into, directory }: JavaPlace, handler: string, to: string): Promise<boolean> {
  await using api = await aTrainingApi();
  let hasAnswered = false;
  void api.done.then(() => (hasAnswered = true));
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
      _HANDLER: handler,
      HEARTH_ARCHIVE_TO: join(directory, to),
    },
  });
  return hasAnswered;
}

/** What one training leaves: the archive, and the list of classes. */
interface Trained {
  readonly archive: string;
  readonly classes: string;
}

/** Trains for a handler; undefined where it was not answered: what was written then has next to nothing in it. */
async function trainedFor(handler: string, place: JavaPlace): Promise<(AsyncDisposable & Trained) | undefined> {
  // Their names are given to them when they are whole: others may be starting with them.
  const unfinished = `runtime-${newHex(4)}.part`;
  const archive = join(place.directoryHere, unfinished);
  const classes = `${archive}.classes`;
  const remove = async (): Promise<void> => {
    await Promise.all([rm(archive, { force: true }), rm(classes, { force: true })]);
  };
  const hasAnswered = await train(place, handler, unfinished);
  if (hasAnswered && existsSync(archive) && existsSync(classes))
    return { archive, classes, [Symbol.asyncDispose]: remove };
  await remove();
  return undefined;
}

/**
 * Makes archive and list beside a bootstrap, where there is none yet.
 * The virtual machine and the client are this machine's and AWS's: nobody's whose code would need a sandbox.
 * @returns whether there is one now; without, everything starts more slowly
 */
export async function makeJavaArchive(place: JavaPlace): Promise<boolean> {
  const archive = join(place.directoryHere, "runtime.jsa");
  if (existsSync(archive)) return true;
  await using plain = await trainedFor(HANDLER, place);
  if (plain === undefined) return false;
  await using secure = await trainedFor(SECURE_HANDLER, place);
  if (secure !== undefined) await appendFile(plain.classes, await readFile(secure.classes));
  await rename(plain.classes, join(place.directoryHere, "runtime.classes"));
  await rename(plain.archive, archive);
  return true;
}
