// A worker that does nothing but take the time that a real one would: sandbox, code, and an initialisation that is slower
// the more of them there are for each core.
import type { Clock } from "../foundation/clock.ts";
import { sleep } from "../foundation/clock.ts";
import { Fault } from "../foundation/fault.ts";
import type { Worker } from "../data-plane/placement/placement.ts";

const SANDBOX_MS = 40;
const FETCH_MS = 150;
const CODE_KEPT_MAX = 1000;

/** A worker's size. */
export interface WorkerSize {
  readonly memoryMiB: number;
  readonly cores: number;
}

/** What its starts were like. */
export interface WorkerTally {
  starts: number;
  /** Starts of a package that was there already. */
  withCode: number;
}

/** One worker. `initMs` gives a function's own initialisation. */
export function simulatedWorker(
  workerId: string,
  size: WorkerSize,
  world: { readonly clock: Clock; readonly initMs: (functionName: string) => number; readonly tally: WorkerTally },
): Worker {
  const { clock, initMs, tally } = world;
  const code = new Set<string>();
  let initialising = 0;
  return {
    hello: {
      ...size,
      workerId,
      driver: "simulated",
      isolation: "simulated",
      serviceAddress: undefined,
      environments: [],
    },
    async start({ functionName, codeSha256 }) {
      tally.starts += 1;
      const hasCode = code.delete(codeSha256);
      if (hasCode) tally.withCode += 1;
      code.add(codeSha256);
      const [oldest] = code;
      if (code.size > CODE_KEPT_MAX && oldest !== undefined) code.delete(oldest);
      initialising += 1;
      const slower = Math.max(1, initialising / size.cores);
      const phasesMs = { code: hasCode ? 0 : FETCH_MS, sandbox: SANDBOX_MS, init: initMs(functionName) * slower };
      await sleep(clock, phasesMs.code + phasesMs.sandbox + phasesMs.init);
      initialising -= 1;
      return { initialised: true, phasesMs, poolLevel: 0, poolMiss: undefined };
    },
    // The simulation itself knows how long invocations take.
    invoke: () => Promise.reject(new Fault("a simulated worker runs nothing")),
    stop: () => Promise.resolve(),
    snapshot: () => Promise.resolve({ ready: true }),
    dropSnapshots: () => Promise.resolve(),
    prepare: () => Promise.resolve({ ready: true }),
  };
}
