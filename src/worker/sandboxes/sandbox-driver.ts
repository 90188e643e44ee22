// The contract of sandbox drivers: nothing above them knows which one runs.

/** What a sandbox is made of, before anyone knows for which function. */
export interface SandboxSpec {
  /** Unique on this worker; names the cgroup. */
  readonly id: string;
  /** Root filesystem of the runtime, never written to; a driver without isolation has no use for it. */
  readonly rootfs: string;
  /** Made ahead of need: until it is specialised it yields the CPU to everything else. */
  readonly isBackground: boolean;
}

/** What a function may use. */
export interface SandboxLimits {
  /** 128–10,240. */
  readonly memoryMiB: number;
  /** 512–10,240: the size of /tmp. */
  readonly ephemeralStorageMiB: number;
}

/** A runtime that is started before its function is known, and then waits to be told. */
export interface Boot {
  readonly command: readonly string[];
  /** What the runtime's own start reads; the function's variables take its place later. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What makes a sandbox an environment of one function version. */
export interface Launch {
  /** The unpacked package on the worker; appears read-only as /var/task. */
  readonly codeDirectory: string;
  /** The function's layers in one directory on the worker; appears read-only as /opt. undefined: it has none. */
  readonly layersDirectory: string | undefined;
  /** What was compiled of the package, on the worker; appears read-only as /var/rapid/compiled. undefined: nothing was. */
  readonly compiledDirectory: string | undefined;
  /** Where the runtime's client lies, as the sandbox sees it. */
  readonly runtimeDirectory: string;
  /** First existing, executable of these is run; a sole one is run without looking. */
  readonly commands: readonly (readonly string[])[];
  /** A program that is given the command to start it: AWS_LAMBDA_EXEC_WRAPPER. undefined: none. */
  readonly wrapper: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Files in /opt/extensions, each started as an extension before the runtime. */
  readonly extensions: readonly string[];
  /** What of the environment's variables extensions get. */
  readonly extensionEnvironment: Readonly<Record<string, string>>;
}

/** How a process of an environment ended. */
export type RuntimeExit =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: number }
  | { readonly kind: "noBootstrap" }
  /** The sandbox itself is gone. */
  | { readonly kind: "sandboxGone" };

/** Where what the runtime writes goes. */
export interface SandboxOutput {
  /** Bytes of stdout and stderr, as they come. */
  onOutput(bytes: Buffer): void;
  /** Bytes that extensions write to theirs. */
  onExtensionOutput(bytes: Buffer): void;
  /** Bytes of the framed telemetry descriptor. */
  onTelemetry(bytes: Buffer): void;
}

/** An address inside a sandbox, and the one of the worker's that may reach it; undefined: any. */
export interface SandboxAddress {
  readonly host: string;
  readonly localAddress: string | undefined;
}

/** One isolated place to run one function version's runtime. Disposal kills everything in it and is idempotent. */
export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  /** `host:port` of the Runtime API as code inside addresses it. */
  readonly runtimeApi: string;
  /** What tells this sandbox's Runtime API requests from others': a source address or a local port. */
  readonly identity: string;
  /** Where ports that are opened inside it are reached from the worker. */
  readonly address: SandboxAddress;
  /** Milliseconds that each phase of making it took. */
  readonly phasesMs: Readonly<Record<string, number>>;
  /**
   * Starts a runtime that waits for its function; resolves when it waits, rejects when it ended instead. Only drivers
   * that can be pooled have it.
   */
  boot(boot: Boot): Promise<void>;
  /** Whether it can still be launched in: it stands, and so does a runtime that was booted in it. */
  isAlive(): boolean;
  /** Becomes one function's: its limits, and where what it writes goes. Once, before `launch`. */
  specialise(limits: SandboxLimits, output: SandboxOutput): void;
  /**
   * Shows the code and starts the runtime, or tells the booted one to go on; resolves with how its process ended.
   * Whatever is launched after that is started anew.
   */
  launch(launch: Launch): Promise<RuntimeExit>;
  /** Starts one of the launch's extensions, before the runtime; resolves with how its process ended. */
  launchExtension(name: string, launch: Launch): Promise<RuntimeExit>;
  /** Ends the runtime's own process, by SIGTERM or SIGKILL; extensions go on. */
  signalRuntime(signal: "terminate" | "kill"): void;
  /** Kills every process of runtime and extensions; the sandbox and its /tmp stay, for another launch. */
  killRuntime(): Promise<void>;
  /** CPU in proportion to memory, or unbounded while it initialises. */
  setCpu(share: "proportional" | "boosted"): void;
  freeze(): void;
  thaw(): void;
  /** The memory that it holds now; 0 where nobody counts it. */
  memoryBytes(): number;
  /** The most memory it has used since its start. */
  peakMemoryBytes(): number;
  /** How often the kernel has ended a process of it for want of memory. */
  outOfMemoryKills(): number;
  /** Reads what is already written but not yet seen, so that output is told apart by invocation. */
  drainOutput(): void;
  /** While paused, what is written stays in its pipe, and who writes more than fits there waits. */
  pauseOutput(isPaused: boolean): void;
}

/** Whether a driver can run on this machine. */
export type Probe =
  | { readonly available: true; readonly description: string }
  | { readonly available: false; readonly missing: string; readonly fix: string };

/** One way of making sandboxes. */
export interface SandboxDriver extends AsyncDisposable {
  readonly name: "oci" | "process";
  /** Whether its sandboxes may be made, and their runtimes booted, before they are needed. */
  readonly canPool: boolean;
  create(spec: SandboxSpec): Promise<Sandbox>;
}
