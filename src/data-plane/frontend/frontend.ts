// The frontend invoke service: validates, resolves the qualifier, asks counting, asks assignment, answers.
import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import type { Feed } from "../../feed/feed.ts";
import type { Clock } from "../../foundation/clock.ts";
import { Fault } from "../../foundation/fault.ts";
import { newHex } from "../../foundation/ids.ts";
import type { InvocationHeader } from "../../link/messages.ts";
import type { FunctionVersion } from "../../model/function-version.ts";
import { functionNotFound, resourceConflict } from "../../model/lambda-exceptions.ts";
import { routedVersion } from "../../model/alias.ts";
import { type Operation, operation, type RequestContext } from "../../model/operation.ts";
import { type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";
import { tooManyRequests } from "../../model/throttle.ts";
import type { Assignment, Lease } from "../assignment/assignment.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { Counting } from "../counting/counting.ts";
import { checkInvoke, clientContextOf, eventOf } from "./invoke-rules.ts";

/** What an invocation walks through from here. */
export interface FrontendDeps {
  readonly catalogue: Catalogue;
  readonly counting: Counting;
  readonly assignment: Assignment;
  readonly feed: Feed;
  readonly clock: Clock;
  /** Gives numbers in [0, 1): an alias's weights are drawn by it. */
  readonly random: () => number;
}

/** Environments tried for one invocation, when each has ended before it had the event. */
const DELIVERIES_MAX = 3;

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

/** One delivery. An environment of which nobody knows what it does now is given up. */
async function deliver(
  lease: Lease,
  header: Omit<InvocationHeader, "environmentId">,
  event: Buffer,
): ReturnType<Lease["worker"]["invoke"]> {
  try {
    const answer = await lease.worker.invoke({ ...header, environmentId: lease.environmentId }, event);
    if (answer.result.environmentGone) lease.gone();
    return answer;
  } catch (error) {
    // The worker or the way to it broke: whatever the environment does now, nobody can use it.
    lease.abandon();
    throw error;
  }
}

/** The Invoke operation. The payload is bytes from here to the handler. */
export function createFrontend(deps: FrontendDeps): Readonly<Record<"Invoke", Operation>> {
  async function invoke(
    input: InvocationRequest,
    context: RequestContext,
  ): Promise<InvocationResponse & Record<string, unknown>> {
    checkInvoke(input);
    const address = resolveAddress(input, context, "lambda:InvokeFunction");
    const type = input.InvocationType ?? "RequestResponse";
    const event = eventOf((input.Payload as Buffer | undefined) ?? Buffer.alloc(0), type);
    const clientContext = clientContextOf(input.ClientContext);
    const version = runnableVersion(deps.catalogue, address, deps.random);
    if (type === "DryRun") return { StatusCode: 204, ExecutedVersion: version.version };

    const startedMs = deps.clock.elapsedMs();
    using admission = deps.counting.admit(address, address.qualifier);
    if (admission.outcome === "throttled") throw tooManyRequests(admission.reason);
    const provisionedFor = admission.kind === "provisioned" ? address.qualifier : undefined;
    const header = {
      requestId: context.requestId,
      functionArn: address.arn,
      traceId: traceIdOf(context.headers["x-amzn-trace-id"], deps.clock.nowMs()),
      clientContext,
      wantsLogTail: input.LogType === "Tail",
    };
    for (let tried = 1; ; tried++) {
      using lease = await deps.assignment.lease(version, context.signal, provisionedFor);
      const leasedMs = deps.clock.elapsedMs();
      const { result, body } = await deliver(lease, header, event);
      if (result.isUndelivered === true && tried < DELIVERIES_MAX) continue;
      if (result.isUndelivered === true) throw new Fault("environments ended before they had the event, one by one");
      deps.feed.publish({
        event: "InvocationEnded",
        requestId: context.requestId,
        deploymentId: lease.deploymentId,
        environmentId: lease.environmentId,
        isCold: lease.started !== undefined,
        kind: admission.kind,
        waitedMs: leasedMs - startedMs,
        tookMs: deps.clock.elapsedMs() - startedMs,
        functionError: result.functionError,
      });
      return {
        StatusCode: 200,
        ExecutedVersion: version.version,
        Payload: body as Buffer<ArrayBuffer>,
        ...(result.functionError === undefined ? {} : { FunctionError: result.functionError }),
        ...(result.logTail === undefined ? {} : { LogResult: result.logTail }),
      };
    }
  }
  return { Invoke: operation(invoke) };
}
