// The frontend invoke service: validates, resolves the qualifier, asks counting, asks assignment, answers; or hands the event on.
import type {
  InvocationRequest,
  InvocationResponse,
  InvokeAsyncRequest,
  InvokeAsyncResponse,
  InvokeWithResponseStreamRequest,
  InvokeWithResponseStreamResponse,
  InvokeWithResponseStreamResponseEvent,
} from "@aws-sdk/client-lambda";
import type { AsyncEvent, AttemptOutcome } from "../../model/async-event.ts";
import { type Operation, operation, type RequestContext } from "../../model/operation.ts";
import { resolveAddress } from "../../model/resolve-address.ts";
import { acceptInvocation, attemptInvocation, deliverRecord } from "./async-invocation.ts";
import { chooseRunnable } from "./choose-version.ts";
import type { FrontendDeps, FrontendParts } from "./frontend-deps.ts";
import { type Invocation, runInvocation } from "./invocation.ts";
import { checkInvoke, checkInvokeWithResponseStream, clientContextOf, eventOf, invokeArgsOf } from "./invoke-rules.ts";
import { createResponseStream, type ResponseStream } from "./response-stream.ts";
import { createSampler, traceFor } from "./trace.ts";

const NOTHING = Buffer.alloc(0);

type Asked = Pick<InvocationRequest, "FunctionName" | "Qualifier" | "InvocationType" | "ClientContext" | "LogType"> & {
  readonly Payload?: Uint8Array | undefined;
};

/** What a request means, checked: everything but where the response goes. */
function invocationOf(parts: FrontendParts, input: Asked, context: RequestContext): Omit<Invocation, "onBytes"> {
  const address = resolveAddress(input, context, "lambda:InvokeFunction");
  const type = input.InvocationType ?? "RequestResponse";
  const event = eventOf((input.Payload as Buffer | undefined) ?? NOTHING, type);
  const clientContext = clientContextOf(input.ClientContext);
  const version = chooseRunnable(parts.catalogue, address, parts.random);
  return {
    address,
    version,
    event,
    clientContext,
    trace: traceFor(parts, version, context.headers["x-amzn-trace-id"]),
    wantsLogTail: input.LogType === "Tail",
  };
}

/** The chunks as they come, and in the end how it went. */
async function* eventsOf(
  stream: ResponseStream,
  answered: ReturnType<typeof runInvocation>,
): AsyncGenerator<InvokeWithResponseStreamResponseEvent> {
  for await (const chunk of stream.chunks) yield { PayloadChunk: { Payload: chunk as Buffer<ArrayBuffer> } };
  const { result, body } = await answered;
  yield {
    InvokeComplete: {
      ...(result.functionError === undefined
        ? {}
        : { ErrorCode: result.errorType ?? result.functionError, ErrorDetails: body.toString("utf8") }),
      ...(result.logTail === undefined ? {} : { LogResult: result.logTail }),
    },
  };
}

/** Members of answers that no shape has, with the headers that AWS sends them in all the same. */
export const INVOKE_HEADERS: Readonly<Record<string, string>> = { TraceHeader: "X-Amzn-Trace-Id" };

/** The frontend. */
export interface Frontend {
  /** The invoke operations. */
  readonly operations: Readonly<Record<"Invoke" | "InvokeAsync" | "InvokeWithResponseStream", Operation>>;
  /** One attempt at an asynchronous invocation that was accepted. */
  attempt(event: AsyncEvent, signal: AbortSignal): Promise<AttemptOutcome>;
  /** Accepts the record of one event as another, for the function of an ARN. Rejects as an asynchronous Invoke does. */
  deliver(arn: string, record: Buffer, about: AsyncEvent): Promise<void>;
}

/** The payload is bytes from here to the handler. */
export function createFrontend(deps: FrontendDeps): Frontend {
  const parts: FrontendParts = { ...deps, sample: createSampler(deps.random) };

  async function accept(input: Asked, payload: Buffer, context: RequestContext): Promise<string> {
    const address = resolveAddress(input, context, "lambda:InvokeFunction");
    const clientContext = clientContextOf(input.ClientContext);
    return await acceptInvocation(parts, { address, payload, clientContext }, context);
  }
  async function invokeAsync(input: InvokeAsyncRequest, context: RequestContext): Promise<InvokeAsyncResponse> {
    checkInvoke(input);
    await accept(input, invokeArgsOf(input.InvokeArgs as unknown as Buffer), context);
    return { Status: 202 };
  }
  async function invoke(
    input: InvocationRequest,
    context: RequestContext,
  ): Promise<InvocationResponse & Record<string, unknown>> {
    checkInvoke(input);
    if (input.InvocationType === "Event") {
      const payload = eventOf((input.Payload as Buffer | undefined) ?? NOTHING, "Event");
      return { StatusCode: 202, TraceHeader: await accept(input, payload, context), Payload: NOTHING };
    }
    const invocation = invocationOf(parts, input, context);
    const ExecutedVersion = invocation.version.version;
    if (input.InvocationType === "DryRun") return { StatusCode: 204, ExecutedVersion };
    const { result, body } = await runInvocation(deps, { ...invocation, onBytes: undefined }, context);
    return {
      StatusCode: 200,
      ExecutedVersion,
      TraceHeader: invocation.trace.header,
      Payload: body as Buffer<ArrayBuffer>,
      ...(result.functionError === undefined ? {} : { FunctionError: result.functionError }),
      ...(result.logTail === undefined ? {} : { LogResult: result.logTail }),
    };
  }

  async function invokeWithResponseStream(
    input: InvokeWithResponseStreamRequest,
    context: RequestContext,
  ): Promise<InvokeWithResponseStreamResponse & Record<string, unknown>> {
    checkInvokeWithResponseStream(input);
    const invocation = invocationOf(parts, input, context);
    const ExecutedVersion = invocation.version.version;
    if (input.InvocationType === "DryRun") return { StatusCode: 204, ExecutedVersion };
    const stream = createResponseStream();
    const answered = runInvocation(deps, { ...invocation, onBytes: stream.write }, context);
    void answered.then(stream.end, stream.end);
    // What fails before the first byte is the operation's own failure.
    await Promise.race([stream.begun, answered]);
    const TraceHeader = invocation.trace.header;
    return { StatusCode: 200, ExecutedVersion, TraceHeader, EventStream: eventsOf(stream, answered) };
  }

  return {
    operations: {
      Invoke: operation(invoke),
      InvokeAsync: operation(invokeAsync),
      InvokeWithResponseStream: operation(invokeWithResponseStream),
    },
    attempt: (event, signal) => attemptInvocation(parts, event, signal),
    deliver: (arn, record, about) => deliverRecord(parts, arn, record, about),
  };
}
