// A worker for tests, played by functions, and the placement that knows it alone.
import { aHello } from "../../link/messages.fixtures.ts";
import type { EnvironmentSpec, EnvironmentStarted, Hello, InvocationHeader } from "../../link/messages.ts";
import { type Clock, createVirtualClock } from "../../foundation/clock.ts";
import { createPlacement, type Placement, type Worker } from "./placement.ts";

/** A start that went well, but for what a test says. */
export function aStart(given: Partial<EnvironmentStarted> = {}): EnvironmentStarted {
  return { initialised: true, phasesMs: {}, poolLevel: 0, poolMiss: undefined, ...given };
}

/** A worker that notes what it was asked. */
export interface FakeWorker extends Worker {
  readonly started: EnvironmentSpec[];
  readonly stopped: string[];
  readonly invoked: { readonly header: InvocationHeader; readonly event: Buffer }[];
}

/** What of a worker a test plays itself. */
export type Plays = Partial<Pick<Worker, "start" | "invoke" | "stop">>;

/** A worker on which everything goes well at once, but for what a test plays itself. */
export function aWorker(plays: Plays = {}, hello?: Partial<Hello>): FakeWorker {
  const started: EnvironmentSpec[] = [];
  const stopped: string[] = [];
  const invoked: FakeWorker["invoked"] = [];
  return {
    hello: aHello(hello),
    started,
    stopped,
    invoked,
    start(spec) {
      started.push(spec);
      return plays.start?.(spec) ?? Promise.resolve(aStart({ phasesMs: { init: 7 } }));
    },
    invoke(header, event, ahead) {
      invoked.push({ header, event });
      const result = { functionError: undefined, errorType: undefined, logTail: undefined, environmentGone: false };
      return plays.invoke?.(header, event, ahead) ?? Promise.resolve({ result, body: Buffer.from('"done"') });
    },
    stop(environmentId) {
      stopped.push(environmentId);
      return plays.stop?.(environmentId) ?? Promise.resolve();
    },
    prepare: () => Promise.resolve({ ready: true }),
  };
}

/** A placement with these workers, open for environments unless a test says something else. */
export function placementOn(workers: readonly Worker[], clock: Clock = createVirtualClock()): Placement {
  const placement = createPlacement({ clock, random: () => 0 });
  for (const worker of workers) {
    placement.take(worker);
    placement.open(worker);
  }
  return placement;
}
