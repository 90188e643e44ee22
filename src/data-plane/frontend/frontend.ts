// The frontend invoke service: validates, resolves the qualifier, asks counting, asks assignment, answers.
import type {
  InvocationRequest,
  InvocationResponse,
  InvokeWithResponseStreamRequest,
  InvokeWithResponseStreamResponse,
  InvokeWithResponseStreamResponseEvent,
} from "@aws-sdk/client-lambda";
import { newHex } from "../../foundation/ids.ts";
import type { FunctionVersion } from "../../model/function-version.ts";
import { functionNotFound, resourceConflict } from "../../model/lambda-exceptions.ts";
import { routedVersion } from "../../model/alias.ts";
import { type Operation, operation, type RequestContext } from "../../model/operation.ts";
import { type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { FrontendDeps } from "./frontend-deps.ts";
import { type Invocation, runInvocation } from "./invocation.ts";
import { checkInvoke, checkInvokeWithResponseStream, clientContextOf, eventOf } from "./invoke-rules.ts";
import { createResponseStream, type ResponseStream } from "./response-stream.ts";

function traceIdOf(given: string | undefined, nowMs: number): string {
  if (given !== undefined && given.length <= 512 && /^[\w=;:.\-+/ ]+$/u.test(given)) return given;
  return `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${newHex(12)};Parent=${newHex(8)};Sampled=0`;
}

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

/** What a request means, checked: everything but where the response goes. */
function invocationOf(deps: FrontendDeps, input: Asked, context: RequestContext): Omit<Invocation, "onBytes"> {
  const address = resolveAddress(input, context, "lambda:InvokeFunction");
  const type = input.InvocationType ?? "RequestResponse";
  const event = eventOf((input.Payload as Buffer | undefined) ?? Buffer.alloc(0), type);
  const clientContext = clientContextOf(input.ClientContext);
  return {
    address,
    version: runnableVersion(deps.catalogue, address, deps.random),
    event,
    clientContext,
    traceId: traceIdOf(context.headers["x-amzn-trace-id"], deps.clock.nowMs()),
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

/** The invoke operations. The payload is bytes from here to the handler. */
export function createFrontend(deps: FrontendDeps): Readonly<Record<"Invoke" | "InvokeWithResponseStream", Operation>> {
  async function invoke(
    input: InvocationRequest,
    context: RequestContext,
  ): Promise<InvocationResponse & Record<string, unknown>> {
    checkInvoke(input);
    const invocation = invocationOf(deps, input, context);
    const ExecutedVersion = invocation.version.version;
    if (input.InvocationType === "DryRun") return { StatusCode: 204, ExecutedVersion };
    const { result, body } = await runInvocation(deps, { ...invocation, onBytes: undefined }, context);
    return {
      StatusCode: 200,
      ExecutedVersion,
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
    const invocation = invocationOf(deps, input, context);
    const ExecutedVersion = invocation.version.version;
    if (input.InvocationType === "DryRun") return { StatusCode: 204, ExecutedVersion };
    const stream = createResponseStream();
    const answered = runInvocation(deps, { ...invocation, onBytes: stream.write }, context);
    void answered.then(stream.end, stream.end);
    // What fails before the first byte is the operation's own failure.
    await Promise.race([stream.begun, answered]);
    return { StatusCode: 200, ExecutedVersion, EventStream: eventsOf(stream, answered) };
  }

  return { Invoke: operation(invoke), InvokeWithResponseStream: operation(invokeWithResponseStream) };
}
