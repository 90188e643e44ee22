// awslambda.streamifyResponse: handlers that write their response to a stream.
import { errorBody } from "./errors.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const PRELUDE_END = Buffer.alloc(8);

/** The handler was wrapped by `awslambda.streamifyResponse`. */
export const isStreaming = (handler) => handler[STREAMING] === "response";

/** Defines the global `awslambda`. */
export function installAwslambda() {
  globalThis.awslambda = {
    streamifyResponse(handler) {
      handler[STREAMING] = "response";
      return handler;
    },
    HttpResponseStream: {
      from(stream, prelude) {
        stream.setContentType("application/vnd.awslambda.http-integration-response");
        stream.write(JSON.stringify(prelude));
        stream.write(PRELUDE_END);
        return stream;
      },
    },
  };
}

/** Runs a streaming handler; an error before the first byte throws, a later one goes into the trailers. */
export async function runStreaming(handler, input, context, requestId, address) {
  const { request } = await import("node:http");
  const [host, port] = address.split(":");
  const trailers = "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body";
  const stream = request({
    host,
    port,
    method: "POST",
    path: `/2018-06-01/runtime/invocation/${requestId}/response`,
    headers: {
      "Content-Type": "application/octet-stream",
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      Trailer: trailers,
    },
  });
  const answered = new Promise((resolve, reject) => {
    stream.on("response", (response) => response.resume().on("end", resolve));
    stream.on("error", reject);
  });
  answered.catch(() => undefined);
  stream.setContentType = (type) => stream.setHeader("Content-Type", type);
  try {
    await handler(input, stream, context);
  } catch (error) {
    if (!stream.headersSent) {
      stream.destroy();
      throw error;
    }
    const body = errorBody(error);
    stream.addTrailers({
      "Lambda-Runtime-Function-Error-Type": body.errorType,
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(body)).toString("base64"),
    });
  }
  if (!stream.writableEnded) stream.end();
  await answered;
}
