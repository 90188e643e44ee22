// Asynchronous invocations: how they are accepted, and one attempt at what was accepted.
import type { AsyncEvent, AttemptOutcome } from "../../model/async-event.ts";
import { newUuid } from "../../foundation/ids.ts";
import { functionArn, parseFunctionAddress } from "../../model/function-arn.ts";
import { functionNotFound } from "../../model/lambda-exceptions.ts";
import { type RequestContext, ServiceException } from "../../model/operation.ts";
import type { ResolvedAddress } from "../../model/resolve-address.ts";
import { chooseRunnable, chooseVersion } from "./choose-version.ts";
import type { FrontendParts } from "./frontend-deps.ts";
import { eventOf } from "./invoke-rules.ts";
import { runInvocation, throttleReason } from "./invocation.ts";
import { traceFor } from "./trace.ts";

/** Accepts an event whatever state its function is in; gives the header of its trace. Throws ResourceNotFoundException. */
export async function acceptInvocation(
  parts: FrontendParts,
  asked: { readonly address: ResolvedAddress; readonly payload: Buffer; readonly clientContext: string | undefined },
  { requestId, headers }: Pick<RequestContext, "requestId" | "headers">,
): Promise<string> {
  const { catalogue, random, acceptEvent, clock } = parts;
  const { address, payload, clientContext } = asked;
  const { accountId, region, functionName, qualifier } = address;
  const version = chooseVersion(catalogue, address, random);
  const { header: traceHeader } = traceFor(parts, version, headers["x-amzn-trace-id"]);
  const acceptedAtMs = Math.floor(clock.nowMs());
  const place = { requestId, accountId, region, functionName, qualifier };
  await acceptEvent({ ...place, traceHeader, clientContext, acceptedAtMs, payload });
  return traceHeader;
}

/** Accepts the record of one event as another, for the function of an ARN. Throws what an asynchronous Invoke does. */
export async function deliverRecord(
  parts: FrontendParts,
  arn: string,
  record: Buffer,
  { traceHeader }: AsyncEvent,
): Promise<void> {
  const found = parseFunctionAddress(arn);
  const { accountId, region, functionName, qualifier } = found ?? {};
  if (accountId === undefined || region === undefined || functionName === undefined) throw functionNotFound(arn);
  const address = { accountId, region, functionName, qualifier, arn };
  const asked = { address, payload: eventOf(record, "Event"), clientContext: undefined };
  await acceptInvocation(parts, asked, { requestId: newUuid(), headers: { "x-amzn-trace-id": traceHeader } });
}

/** Whether nobody can run the function, whatever room there is. */
function isSwitchedOff({ catalogue }: FrontendParts, event: AsyncEvent): boolean {
  return catalogue.concurrency(event).reserved === 0;
}

/** What an attempt that was not answered comes to. */
function refusalBy(parts: FrontendParts, event: AsyncEvent, error: unknown): AttemptOutcome {
  if (!(error instanceof ServiceException)) {
    parts.onFault(error);
    return { by: "refusal", reason: "failed" };
  }
  if (error.code === "ResourceNotFoundException") return { by: "absence" };
  if (throttleReason(error) === undefined) return { by: "refusal", reason: "failed" };
  return isSwitchedOff(parts, event) ? { by: "switchedOff" } : { by: "refusal", reason: "throttled" };
}

/** One attempt. */
export async function attemptInvocation(
  parts: FrontendParts,
  event: AsyncEvent,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const { accountId, region, functionName, qualifier, payload, clientContext, requestId } = event;
  const arn = functionArn({ accountId, region, functionName, qualifier });
  const address = { accountId, region, functionName, qualifier, arn };
  try {
    const version = chooseRunnable(parts.catalogue, address, parts.random);
    const trace = traceFor(parts, version, event.traceHeader);
    const invocation = { address, version, event: payload, clientContext, trace, wantsLogTail: false };
    const { result, body } = await runInvocation(parts, { ...invocation, onBytes: undefined }, { requestId, signal });
    return { by: "answer", executedVersion: version.version, functionError: result.functionError, body };
  } catch (error) {
    return signal.aborted ? { by: "refusal", reason: "failed" } : refusalBy(parts, event, error);
  }
}
