// The frontend over the real catalogue, counting and assignment, on a worker that is played.
import type { InvocationResult } from "../../link/messages.ts";
import type { AsyncEvent } from "../../model/async-event.ts";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { aRequestContext, exceptionOf } from "../../model/operation.fixtures.ts";
import type { Members, RequestContext, ServiceException } from "../../model/operation.ts";
import { anAssignment, type AssignmentWorld, type Given } from "../assignment/assignment.fixtures.ts";
import { type Catalogue, createCatalogue } from "../catalogue/catalogue.ts";
import { type Counting, createCounting } from "../counting/counting.ts";
import { createFrontend, type Frontend } from "./frontend.ts";

/** What a worker answers. */
export type Outcome = { readonly result: InvocationResult; readonly body: Buffer };

/** An invocation that ended well, unless something else is said. */
export const outcome = (result: Partial<InvocationResult> = {}, body = '"done"'): Outcome => ({
  result: { functionError: undefined, errorType: undefined, logTail: undefined, environmentGone: false, ...result },
  body: Buffer.from(body),
});

/** What a frontend under test is over, and how it is asked. */
export type TestedFrontend = AssignmentWorld &
  Frontend & {
    readonly catalogue: Catalogue;
    readonly counting: Counting;
    /** The events that were handed on. */
    readonly accepted: readonly AsyncEvent[];
    invoke(input?: Members, context?: Partial<RequestContext>): Promise<Members>;
    inFlight(): number;
  };

/** The frontend with one active function `f`. */
export function aFrontend({
  limit,
  draw = () => 0,
  ...given
}: Given & { limit?: number; draw?: () => number } = {}): TestedFrontend {
  const world = anAssignment(given);
  const catalogue = createCatalogue();
  catalogue.publish(aFunctionVersion());
  const counting = createCounting({ clock: world.clock, concurrentExecutions: () => limit ?? 1000 });
  const accepted: AsyncEvent[] = [];
  const frontend = createFrontend({
    ...world,
    catalogue,
    counting,
    random: draw,
    acceptEvent: (event) => Promise.resolve(void accepted.push(event)),
    onFault: (error) => void world.faults.push(error),
  });
  const invoke = (input: Members = {}, context: Partial<RequestContext> = {}): Promise<Members> =>
    frontend.operations.Invoke({ FunctionName: "f", ...input }, aRequestContext(context));
  return {
    ...world,
    ...frontend,
    catalogue,
    counting,
    accepted,
    invoke,
    inFlight: () => counting.inFlight("111122223333", "us-east-1"),
  };
}

/** What an invoke is refused with. */
export async function refusal(
  invoked: Promise<unknown>,
): Promise<Pick<ServiceException, "status" | "code" | "members">> {
  const { status, code, members } = await exceptionOf(invoked);
  return { status, code, members };
}
