// An invocation from its admission to its answer, and on until its environment is done with it.
import type { Invoked } from "../../feed/feed.ts";
import { createDeferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import type { InvocationHeader } from "../../link/messages.ts";
import type { FunctionVersion } from "../../model/function-version.ts";
import { type RequestContext, ServiceException } from "../../model/operation.ts";
import type { ResolvedAddress } from "../../model/resolve-address.ts";
import { tooManyRequests } from "../../model/throttle.ts";
import type { Lease, WorkerAnswer } from "../assignment/assignment.ts";
import type { Admission } from "../counting/counting.ts";
import type { FrontendDeps } from "./frontend-deps.ts";
import type { Trace } from "./trace.ts";

/** Environments tried for one invocation, when each has ended before it had the event. */
const DELIVERIES_MAX = 3;

/** What is to be run. */
export interface Invocation {
  readonly address: ResolvedAddress;
  readonly version: FunctionVersion;
  readonly event: Buffer;
  /** JSON text. */
  readonly clientContext: string | undefined;
  readonly trace: Trace;
  readonly wantsLogTail: boolean;
  /** Takes the response as it is written; undefined where all of it is wanted at once. */
  readonly onBytes: ((chunk: Buffer) => Promise<void>) | undefined;
}

type Asked = Pick<RequestContext, "requestId" | "signal">;
type Admitted = Extract<Admission, { outcome: "admitted" }>;

interface Delivered {
  readonly answer: WorkerAnswer;
  /** Where extensions go on after the answer: the invocation's end. */
  readonly rest: Promise<WorkerAnswer> | undefined;
}

/** One delivery. An environment of which nobody knows what it does now is given up. */
async function deliver(
  lease: Lease,
  header: Omit<InvocationHeader, "environmentId">,
  { event, onBytes }: Invocation,
): Promise<Delivered> {
  const ahead = createDeferred<WorkerAnswer>();
  let isAhead = false;
  try {
    const rest = lease.worker.invoke({ ...header, environmentId: lease.environmentId }, event, {
      bytes: async (chunk) => await onBytes?.(chunk),
      answer(it) {
        isAhead = true;
        ahead.resolve(it);
      },
    });
    const answer = await Promise.race([ahead.promise, rest]);
    if (isAhead) return { answer, rest };
    if (answer.result.environmentGone) lease.gone();
    return { answer, rest: undefined };
  } catch (error) {
    // The worker or the way to it broke: whatever the environment does now, nobody can use it.
    lease.abandon();
    throw error;
  }
}

/** An environment whose extensions are at work counts as in use, and serves nobody else. */
async function holdUntil(rest: Promise<WorkerAnswer>, lease: Lease, held: Disposable): Promise<void> {
  using _held = held;
  try {
    const { result } = await rest;
    if (result.environmentGone) lease.gone();
  } catch {
    lease.abandon();
  }
}

/** The reason of a throttle; undefined where the error is another. */
export function throttleReason(error: unknown): string | undefined {
  if (!(error instanceof ServiceException) || error.code !== "TooManyRequestsException") return undefined;
  return String(error.members["Reason"]);
}

/** Leases and delivers until an environment has had the event; tells of the end. The lease ends with `held` or here. */
async function runAdmitted(
  deps: FrontendDeps,
  invocation: Invocation,
  context: Asked,
  of: {
    readonly admission: Admitted;
    readonly invoked: Invoked;
    readonly startedMs: number;
    readonly held: DisposableStack;
  },
): Promise<WorkerAnswer> {
  const { address, version, clientContext, trace, wantsLogTail, onBytes } = invocation;
  const { admission, invoked, startedMs, held } = of;
  const { requestId } = context;
  const provisionedFor = admission.kind === "provisioned" ? address.qualifier : undefined;
  const header = {
    requestId,
    functionArn: address.arn,
    traceId: trace.header,
    clientContext,
    wantsLogTail,
    wantsStream: onBytes !== undefined,
  };
  for (let tried = 1; ; tried++) {
    using attempt = new DisposableStack();
    const lease = attempt.use(await deps.assignment.lease(version, context.signal, provisionedFor));
    const leasedMs = deps.clock.elapsedMs();
    const { answer, rest } = await deliver(lease, header, invocation);
    if (answer.result.isUndelivered === true && tried < DELIVERIES_MAX) continue;
    if (answer.result.isUndelivered === true)
      throw new Fault("environments ended before they had the event, one by one");
    deps.feed.publish({
      event: "InvocationEnded",
      ...invoked,
      deploymentId: lease.deploymentId,
      environmentId: lease.environmentId,
      isCold: lease.started !== undefined,
      kind: admission.kind,
      isSpillover: admission.isSpillover,
      waitedMs: leasedMs - startedMs,
      tookMs: deps.clock.elapsedMs() - startedMs,
      functionError: answer.result.functionError,
      errorType: answer.result.errorType,
      timing: answer.result.timing,
    });
    if (rest !== undefined) {
      held.use(attempt.move());
      void holdUntil(rest, lease, held.move());
    }
    return answer;
  }
}

/** Runs it. Throws TooManyRequestsException, or a Fault where no environment could be had or kept. */
export async function runInvocation(deps: FrontendDeps, invocation: Invocation, context: Asked): Promise<WorkerAnswer> {
  const { address, version, trace } = invocation;
  const { accountId, region, functionName, qualifier } = address;
  const startedMs = deps.clock.elapsedMs();
  using held = new DisposableStack();
  const admission = held.use(deps.counting.admit(address, qualifier));
  const { requestId } = context;
  const { underWay } = admission;
  const asked = { accountId, region, functionName, qualifier, version: version.version };
  const invoked = { requestId, ...asked, underWay, segments: trace.segments };
  try {
    if (admission.outcome === "throttled") throw tooManyRequests(admission.reason);
    return await runAdmitted(deps, invocation, context, { admission, invoked, startedMs, held });
  } catch (error) {
    const reason = throttleReason(error);
    if (reason !== undefined) deps.feed.publish({ event: "InvocationThrottled", ...invoked, reason });
    throw error;
  }
}
