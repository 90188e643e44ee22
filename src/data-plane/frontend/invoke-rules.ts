// Rules of an Invoke request: types, sizes, JSON, client context. Pure.
import type { InvocationRequest, InvocationType, InvokeWithResponseStreamRequest } from "@aws-sdk/client-lambda";
import { ServiceException } from "../../model/operation.ts";
import { notSupported } from "../../model/lambda-exceptions.ts";
import { addressConstraints } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";

const REQUEST_BYTES_MAX = { RequestResponse: 6_291_456, DryRun: 6_291_456, Event: 1_048_576 };
/** Of the operation that Event took the place of. */
const INVOKE_ARGS_BYTES_MAX = 262_144;
const CLIENT_CONTEXT_BYTES_MAX = 3583;

function requestTooLarge(bytes: number, type: string, bytesMax: number): ServiceException {
  const message = `${bytes} byte payload is too large for the ${type} invocation type (limit ${bytesMax} bytes)`;
  return new ServiceException({ code: "RequestTooLargeException", status: 413, message });
}

function invalidContent(message: string): ServiceException {
  return new ServiceException({ code: "InvalidRequestContentException", status: 400, message });
}

/** The event as it goes to the runtime: an empty body is `{}`. Throws InvalidRequestContentException or RequestTooLargeException. */
export function eventOf(
  payload: Buffer,
  type: string,
  bytesMax: number = REQUEST_BYTES_MAX[type as InvocationType] ?? REQUEST_BYTES_MAX.RequestResponse,
): Buffer {
  if (payload.length > bytesMax) throw requestTooLarge(payload.length, type, bytesMax);
  if (payload.length === 0) return Buffer.from("{}");
  try {
    // Checked, not used: the bytes go on as they came.
    JSON.parse(payload.toString("utf8"));
  } catch (error) {
    throw invalidContent(`Could not parse request body into json: ${error instanceof Error ? error.message : ""}`);
  }
  return payload;
}

/** The same for InvokeAsync, which takes less. */
export function invokeArgsOf(args: Buffer): Buffer {
  return eventOf(args, "Event", INVOKE_ARGS_BYTES_MAX);
}

/** The client context as JSON text. Throws InvalidRequestContentException. */
export function clientContextOf(encoded: string | undefined): string | undefined {
  if (encoded === undefined || encoded === "") return undefined;
  const refuse = () => invalidContent("Client context must be a valid Base64-encoded JSON object.");
  if (encoded.length > CLIENT_CONTEXT_BYTES_MAX) throw refuse();
  const text = Buffer.from(encoded, "base64").toString("utf8");
  try {
    const parsed = JSON.parse(text) as unknown;
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw refuse();
  } catch {
    throw refuse();
  }
  // Headers carry no line ends.
  return text.replace(/[\r\n]+/gu, " ");
}

/** Checks the members besides the payload, all at once. */
export function checkInvoke(input: InvocationRequest): void {
  validate([
    ...addressConstraints(input),
    { name: "invocationType", value: input.InvocationType, values: ["Event", "RequestResponse", "DryRun"] },
    { name: "logType", value: input.LogType, values: ["None", "Tail"] },
  ]);
  if (input.DurableExecutionName !== undefined) throw notSupported("DurableExecutionName");
  if (input.TenantId !== undefined) throw notSupported("TenantId");
}

/** The same for a streamed response. */
export function checkInvokeWithResponseStream(input: InvokeWithResponseStreamRequest): void {
  validate([
    ...addressConstraints(input),
    { name: "invocationType", value: input.InvocationType, values: ["RequestResponse", "DryRun"] },
    { name: "logType", value: input.LogType, values: ["None", "Tail"] },
  ]);
  if (input.TenantId !== undefined) throw notSupported("TenantId");
}
