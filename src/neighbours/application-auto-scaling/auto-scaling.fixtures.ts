// Application Auto Scaling over a store of its own, a virtual clock, and a capacity in memory.
import { createVirtualClock } from "../../foundation/clock.ts";
import { createDeferred } from "../../foundation/deferred.ts";
import { createSerially } from "../../foundation/serially.ts";
import { callerOf } from "../../model/operation.fixtures.ts";
import type { Members, ServiceException } from "../../model/operation.ts";
import { migrate } from "../../store/migrations.ts";
import { openSqlite } from "../../store/sqlite.ts";
import { type ApplicationAutoScaling, createApplicationAutoScaling } from "./application-auto-scaling.ts";
import { type AutoScalingTables, createAutoScalingStore } from "./auto-scaling-store.ts";
import type { ProvisionedCapacity } from "./parts.ts";

/** 2026-01-01, a Thursday, at midnight. */
export const START_MS = 1_767_225_600_000;
export const MINUTE_MS = 60_000;

/** How requests name `function:f:prod`. */
export const resource = {
  ServiceNamespace: "lambda",
  ResourceId: "function:f:prod",
  ScalableDimension: "lambda:function:ProvisionedConcurrency",
};

/** The service for a test. */
export interface TestedScaling extends AsyncDisposable {
  readonly scaling: ApplicationAutoScaling;
  readonly clock: ReturnType<typeof createVirtualClock>;
  readonly faults: unknown[];
  /** What the alias `prod` of `f` has; undefined: it is not there. */
  capacity: number | undefined;
  status: ReturnType<ProvisionedCapacity["status"]>;
  use: { readonly requested: number; readonly maxInUse: number } | undefined;
  /** What setting the capacity is refused with. */
  refusal: ServiceException | undefined;
  call(operation: string, input: object): Promise<Members>;
  /** Descriptions of activities with their status, the newest first. */
  activities(): Promise<readonly string[]>;
  /** The delay of the timer that is set next. */
  nextTimer(): Promise<number>;
  /** Lets a minute pass and looks. */
  minute(times?: number): Promise<void>;
}

/** Starts it over a file; the same file again is a restart. */
export async function aScaling(
  file = ":memory:",
  clock: TestedScaling["clock"] = createVirtualClock(START_MS),
): Promise<TestedScaling> {
  const db = openSqlite<AutoScalingTables>(file, "commit");
  await migrate(db, "functions");
  const store = createAutoScalingStore(db);
  const faults: unknown[] = [];
  const timer = createDeferred<number>();
  const scaling = createApplicationAutoScaling({
    store,
    clock: {
      ...clock,
      after(delayMs, then) {
        timer.resolve(delayMs);
        return clock.after(delayMs, then);
      },
    },
    onFault: (error) => faults.push(error),
    serially: createSerially((it) => it.resourceId),
    provisionedUse: () => tested.use,
    capacity: {
      requested: ({ functionName, qualifier }) =>
        functionName === "f" && qualifier === "prod" ? tested.capacity : undefined,
      status: () => tested.status,
      async set(_target, requested) {
        if (tested.refusal !== undefined) throw tested.refusal;
        tested.capacity = await Promise.resolve(requested);
      },
    },
  });
  const tested: TestedScaling = {
    scaling,
    clock,
    faults,
    capacity: 0,
    status: undefined,
    use: undefined,
    refusal: undefined,
    call: callerOf(scaling.service),
    async activities() {
      return (await store.activities()).map((it) => `${it.status}: ${it.description}`);
    },
    nextTimer: () => timer.promise,
    async minute(times = 1) {
      for (let passed = 0; passed < times; passed++) {
        clock.advance(MINUTE_MS);
        await scaling.look();
      }
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
  return tested;
}

/** With `function:f:prod` registered between two bounds. */
export async function aScaledAlias(min: number, max: number, file?: string): Promise<TestedScaling> {
  const tested = await aScaling(file);
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: min, MaxCapacity: max });
  return tested;
}
