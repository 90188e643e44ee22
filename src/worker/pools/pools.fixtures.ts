// A sandbox driver that is played: it notes what it is asked for.
import type { Boot, Sandbox, SandboxDriver, SandboxSpec } from "../sandboxes/sandbox-driver.ts";

/** A sandbox that is played. */
export interface FakeSandbox extends Sandbox {
  readonly spec: SandboxSpec;
  booted: Boot | undefined;
  isDisposed: boolean;
  /** It ends by itself. */
  die(): void;
}

/** The driver, and every sandbox that it made. */
export interface FakeDriver extends SandboxDriver {
  readonly made: FakeSandbox[];
  /** Runtimes hang while they boot. */
  bootsNever: boolean;
  /** Sandboxes being made now, and the most there were at once. */
  making: { now: number; most: number };
}

function aSandbox(spec: SandboxSpec, driver: FakeDriver): FakeSandbox {
  let isAlive = true;
  const sandbox: FakeSandbox = {
    spec,
    id: spec.id,
    booted: undefined,
    isDisposed: false,
    runtimeApi: "169.254.100.1:9001",
    identity: spec.id,
    address: { host: "169.254.101.1", localAddress: undefined },
    phasesMs: { network: 3, sandbox: 30 },
    die: () => void (isAlive = false),
    isAlive: () => isAlive,
    boot(boot) {
      sandbox.booted = boot;
      return driver.bootsNever ? new Promise(() => undefined) : Promise.resolve();
    },
    specialise: () => undefined,
    launch: () => new Promise(() => undefined),
    launchExtension: () => new Promise(() => undefined),
    signalRuntime: () => undefined,
    killRuntime: () => Promise.resolve(),
    setCpu: () => undefined,
    freeze: () => undefined,
    thaw: () => undefined,
    memoryBytes: () => 0,
    peakMemoryBytes: () => 0,
    outOfMemoryKills: () => 0,
    drainOutput: () => undefined,
    pauseOutput: () => undefined,
    [Symbol.asyncDispose]() {
      sandbox.isDisposed = true;
      return Promise.resolve();
    },
  };
  return sandbox;
}

/** A driver on which everything goes well at once, but for what a test says. */
export function aDriver(given: { canPool?: boolean; create?: () => Promise<void> } = {}): FakeDriver {
  const driver: FakeDriver = {
    name: "oci",
    canPool: given.canPool ?? true,
    made: [],
    bootsNever: false,
    making: { now: 0, most: 0 },
    async create(spec) {
      driver.making.now++;
      driver.making.most = Math.max(driver.making.most, driver.making.now);
      try {
        await given.create?.();
      } finally {
        driver.making.now--;
      }
      const sandbox = aSandbox(spec, driver);
      driver.made.push(sandbox);
      return sandbox;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return driver;
}
