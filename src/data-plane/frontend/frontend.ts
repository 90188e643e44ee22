// The frontend invoke service: validates, resolves the qualifier, asks counting, asks assignment, answers.
import type {
  InvocationRequest,
  InvocationResponse,
  InvokeWithResponseStreamRequest,
  InvokeWithResponseStreamResponse,
  InvokeWithResponseStreamResponseEvent,
} from "@aws-sdk/client-lambda";
import { functionKey, type FunctionVersion } from "../../model/function-version.ts";
import { functionNotFound, resourceConflict } from "../../model/lambda-exceptions.ts";
import { routedVersion } from "../../model/alias.ts";
import { type Operation, operation, type RequestContext } from "../../model/operation.ts";
import { type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { FrontendDeps, FrontendParts } from "./frontend-deps.ts";
import { type Invocation, runInvocation } from "./invocation.ts";
import { checkInvoke, checkInvokeWithResponseStream, clientContextOf, eventOf } from "./invoke-rules.ts";
import { createResponseStream, type ResponseStream } from "./response-stream.ts";
import { createSampler, type Trace, traceOf } from "./trace.ts";

/** The version that a request runs: of an alias, one by its weights. */
function runnableVersion(catalogue: Catalogue, address: ResolvedAddress, random: () => number): FunctionVersion {
  const { qualifier = "$LATEST" } = address;
  const alias = address.qualifier === undefined ? undefined : catalogue.alias(address, qualifier);
  const version = alias === undefined ? qualifier : routedVersion(alias, random());
  const shown = catalogue.get(address, version);
  if (shown === undefined) throw functionNotFound(address.arn);
  const runnable = catalogue.runnable(address, version);
  if (runnable === undefined) {
    throw resourceConflict(
      `The operation cannot be performed at this time. The function is currently in the following state: ${shown.state.state}`,
    );
  }
  return runnable;
}

type Asked = Pick<InvocationRequest, "FunctionName" | "Qualifier" | "InvocationType" | "ClientContext" | "LogType"> & {
  readonly Payload?: Uint8Array | undefined;
};

/** Active tracing decides where the caller has not; PassThrough never does. */
function traceFor({ clock, sample }: FrontendParts, version: FunctionVersion, given: string | undefined): Trace {
  const nowMs = clock.nowMs();
  return traceOf(given, nowMs, () => version.settings.tracingMode === "Active" && sample(functionKey(version), nowMs));
}

/** What a request means, checked: everything but where the response goes. */
function invocationOf(parts: FrontendParts, input: Asked, context: RequestContext): Omit<Invocation, "onBytes"> {
  const address = resolveAddress(input, context, "lambda:InvokeFunction");
  const type = input.InvocationType ?? "RequestResponse";
  const event = eventOf((input.Payload as Buffer | undefined) ?? Buffer.alloc(0), type);
  const clientContext = clientContextOf(input.ClientContext);
  const version = runnableVersion(parts.catalogue, address, parts.random);
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

/** The invoke operations. The payload is bytes from here to the handler. */
export function createFrontend(deps: FrontendDeps): Readonly<Record<"Invoke" | "InvokeWithResponseStream", Operation>> {
  const parts: FrontendParts = { ...deps, sample: createSampler(deps.random) };
  async function invoke(
    input: InvocationRequest,
    context: RequestContext,
  ): Promise<InvocationResponse & Record<string, unknown>> {
    checkInvoke(input);
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

  return { Invoke: operation(invoke), InvokeWithResponseStream: operation(invokeWithResponseStream) };
}
