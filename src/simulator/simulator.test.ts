// Simulations small enough to say what must come out of them, and traces as they are published.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEventClock } from "./event-clock.ts";
import { readAzureTrace, simulate, syntheticWorkload, type Workload } from "./simulator.ts";
import { countedArrivals, periodicArrivals, poissonArrivals } from "./workload.ts";

const MINUTE_MS = 60_000;
const worker = { memoryMiB: 16_384, cores: 8 };
const settings = { hours: 1, workers: 2, worker, keepAlive: "fixed", concurrentExecutions: 1000, seed: 1 } as const;

/** One function that a timer invokes. */
const everyMinutes = (minutes: number, given: Partial<Workload[number]> = {}): Workload => [
  {
    name: "f",
    accountId: "111122223333",
    memoryMiB: 1024,
    durationMs: 100,
    initMs: 100,
    arrivals: periodicArrivals(1000, minutes * MINUTE_MS),
    ...given,
  },
];

test("a function that is used each minute has one cold start; one used each half hour has nothing else", async () => {
  const often = await simulate({ ...settings, workload: everyMinutes(1) });
  const seldom = await simulate({ ...settings, workload: everyMinutes(30) });

  assert.deepEqual([often.invocations, often.coldShare], [60, 1 / 60]);
  assert.deepEqual([seldom.invocations, seldom.coldShare], [2, 1]);
  assert.ok(Math.abs(often.idleGiBHours - 1) < 0.05, String(often.idleGiBHours));
});

test("the adaptive policy learns the period of a function that the fixed one always loses", async () => {
  const workload = (): Workload => everyMinutes(20.4);
  const fixed = await simulate({ ...settings, hours: 24, workload: workload() });
  const adaptive = await simulate({ ...settings, hours: 24, keepAlive: "adaptive", workload: workload() });

  assert.equal(fixed.coldShare, 1);
  assert.ok(adaptive.coldShare < 0.4, String(adaptive.coldShare));
});

test("over the account's pool invocations are throttled, and counted by their reason", async () => {
  const workload = everyMinutes(0.01, { durationMs: 5_000 });
  const report = await simulate({ ...settings, hours: 0.05, concurrentExecutions: 1, workload });

  assert.ok((report.throttled["ConcurrentInvocationLimitExceeded"] ?? 0) > 100);
  assert.equal(report.failed, 0);
});

test("one seed gives one report", async () => {
  const once = async () => await simulate({ ...settings, hours: 0.2, workload: syntheticWorkload(200, 7) });

  assert.deepEqual(await once(), await once());
});

test("workers that are too small end idle environments for others, and no invocation is lost", async () => {
  const workload = syntheticWorkload(300, 3);
  const report = await simulate({ ...settings, hours: 0.5, worker: { memoryMiB: 8192, cores: 8 }, workload });

  assert.equal(report.failed, 0);
  assert.ok(report.wastedShare > 0 && report.environmentsMax < 300);
});

test("a trace of Azure Functions is read minute by minute, an owner an account", async () => {
  const minutes = (given: Readonly<Record<number, number>>): string =>
    Array.from({ length: 1440 }, (_, minute) => given[minute] ?? 0).join(",");
  const heading = `HashOwner,HashApp,HashFunction,Trigger,${minutes({})}`;
  const lines = [heading, `o1,a,f,http,${minutes({ 0: 2, 3: 1 })}`, `o2,b,g,timer,${minutes({})}`, ""];

  const workload = await readAzureTrace(lines, { seed: 1, functionsMax: 10 });

  assert.deepEqual(new Set(workload.map((it) => it.accountId)).size, 2);
  const [first, second] = workload;
  const times: number[] = [];
  for (let at = first?.arrivals.next(0); at !== undefined; at = first?.arrivals.next(at)) times.push(at);
  assert.deepEqual(
    times.map((it) => Math.floor(it / MINUTE_MS)),
    [0, 0, 3],
  );
  assert.equal(second?.arrivals.next(0), undefined);
  await assert.rejects(readAzureTrace(["a,b"], { seed: 1, functionsMax: 1 }), /this is no trace of Azure Functions/u);
  await assert.rejects(readAzureTrace([heading, "o,a,f,http,1"], { seed: 1, functionsMax: 1 }), /line 2: 5 columns/u);
});

test("arrivals always go on in time", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 1e8, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (everyMs, random) => {
        const counted = countedArrivals(() => random, Uint16Array.of(0, 7), Uint32Array.of(3, 2));
        for (const arrivals of [
          periodicArrivals(random * everyMs, everyMs),
          poissonArrivals(() => random, everyMs),
          counted,
        ]) {
          let atMs = 0;
          for (let step = 0; step < 20; step++) {
            const nextMs = arrivals.next(atMs);
            if (nextMs === undefined) break;
            assert.ok(nextMs >= atMs);
            atMs = nextMs;
          }
        }
      },
    ),
  );
});

test("an event clock fires in order of time, those of one time as they were set, and none that was called off", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ delayMs: fc.nat({ max: 20 }), isOff: fc.boolean() })), async (timers) => {
      const clock = createEventClock();
      const fired: number[] = [];
      const set = timers.map(({ delayMs }, index) => clock.after(delayMs, () => fired.push(index)));
      for (const [index, { isOff }] of timers.entries()) if (isOff) set[index]?.[Symbol.dispose]();

      await clock.runUntil(20);

      const expected = timers.map((it, index) => ({ ...it, index })).filter((it) => !it.isOff);
      expected.sort((a, b) => a.delayMs - b.delayMs || a.index - b.index);
      assert.deepEqual(
        fired,
        expected.map((it) => it.index),
      );
    }),
  );
});
