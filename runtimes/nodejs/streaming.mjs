// awslambda.streamifyResponse: handlers that write their response to a stream.
import { errorBody, RuntimeError } from "./errors.mjs";

// Not imported: as an ES module, a built-in is loaded with all that it would otherwise load only when used.
const { once } = process.getBuiltinModule("node:events");

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const PRELUDE_END = Buffer.alloc(8);
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";
const isOn = (text) => text === "1" || text === "true";

/** The handler was wrapped by `awslambda.streamifyResponse`. Throws for a mark of another kind. */
export function isStreaming(handler) {
  const mark = handler[STREAMING];
  if (mark === undefined || mark === null || mark === false) return false;
  if (mark === "response") return true;
  throw new RuntimeError("Runtime.MalformedStreamingHandler", "Only response streaming is supported.");
}

/** Defines the global `awslambda`, unless the function's settings forbid it. */
export function installAwslambda(env) {
  if (isOn(env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    ...globalThis.awslambda,
    streamifyResponse(handler, options) {
      handler[STREAMING] = "response";
      if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream: class HttpResponseStream {
      /** The status and headers go out before the first byte of the body. */
      static from(stream, prelude) {
        stream.setContentType(PRELUDE_TYPE);
        const json = JSON.stringify(prelude);
        stream._onBeforeFirstWrite = (write) => {
          write(json);
          write(PRELUDE_END);
        };
        return stream;
      }
    },
  };
}

/** The request that carries the response. */
async function openStream(requestId, address, highWaterMark) {
  const { Agent, request } = await import("node:http");
  const [host, port] = address.split(":");
  const stream = request({
    host,
    port,
    method: "POST",
    path: `/2018-06-01/runtime/invocation/${requestId}/response`,
    ...(highWaterMark === undefined ? {} : { agent: new Agent({ highWaterMark }) }),
    headers: {
      "Content-Type": "application/octet-stream",
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      Trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
    },
  });
  let hasBegun = false;
  const write = stream.write.bind(stream);
  const end = stream.end.bind(stream);
  const begin = () => {
    if (!hasBegun) stream._onBeforeFirstWrite?.(write);
    hasBegun = true;
  };
  const bytesOf = (chunk) => (typeof chunk === "string" || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk));
  stream.write = (chunk, ...more) => {
    begin();
    return write(bytesOf(chunk), ...more);
  };
  // AWS's own stream forgets the prelude of a body that `end` alone gives; here it is sent.
  stream.end = (chunk, ...more) => {
    if (chunk === undefined || chunk === null || typeof chunk === "function") {
      if (stream._onBeforeFirstWrite !== undefined) begin();
      return end(chunk, ...more);
    }
    begin();
    return end(bytesOf(chunk), ...more);
  };
  stream.setContentType = (type) => {
    if (hasBegun) throw new RuntimeError("Runtime.InvalidStreamingOperation", "Cannot set content-type, too late.");
    stream.setHeader("Content-Type", type);
  };
  return { stream, fail: failWith(stream, end) };
}

/** An error goes into the trailers, whether or not something was written before it. */
function failWith(stream, end) {
  return (error) => {
    const body = errorBody(error);
    stream.addTrailers({
      [ERROR_TYPE]: String(body.errorType).replace(/[^\x20-\x7e]/g, "?"),
      [ERROR_BODY]: Buffer.from(JSON.stringify(body)).toString("base64"),
    });
    end();
  };
}

async function awaitHandler(handler, input, stream, context) {
  const result = handler(input, stream, context);
  if (typeof result?.then !== "function") throw new Error("Streaming does not support non-async handlers.");
  if ((await result) !== undefined) console.warn("Streaming handlers ignore return values.");
}

/**
 * Runs a streaming handler and waits until its stream has ended and was taken.
 * Gives the error that went into the trailers; throws one for which the stream was no way any more.
 */
export async function runStreaming(handler, input, context, requestId, address) {
  const { stream, fail } = await openStream(requestId, address, handler[HIGH_WATER_MARK]);
  const answered = new Promise((resolve, reject) => {
    stream.on("response", (response) => response.resume().on("end", resolve));
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("Response stream is not finished.")));
  });
  answered.catch(() => undefined);
  let failure;
  try {
    await awaitHandler(handler, input, stream, context);
  } catch (error) {
    if (stream.destroyed) throw error;
    failure = { error };
    if (!stream.writableEnded) fail(error);
  }
  await answered;
  // Up to Node 22 a streaming invocation ends when nothing is left to do.
  if (context.callbackWaitsForEmptyEventLoop === true) await once(process, "beforeExit");
  return failure;
}
