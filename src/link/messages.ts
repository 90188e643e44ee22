// What services and worker say to each other: every call's and notice's header. Bodies are bytes.

/** What an environment was made for. */
export type InitializationType = "on-demand" | "provisioned-concurrency" | "snap-start";

/** Everything a worker needs to make an environment. */
export interface EnvironmentSpec {
  readonly environmentId: string;
  /** Names the immutable state of the version that the environment is tied to. */
  readonly deploymentId: string;
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  readonly version: string;
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMiB: number;
  readonly ephemeralStorageMiB: number;
  readonly timeoutMs: number;
  readonly codeSha256: string;
  /** A directory of the worker's machine that is run where it lies, in the place of a package. */
  readonly localPath: string | undefined;
  /** Contents of its layers, in the order in which they are merged: later ones over earlier ones. */
  readonly layerSha256s: readonly string[];
  readonly logFormat: string;
  readonly systemLogLevel: string | undefined;
  readonly logGroup: string;
  readonly logStream: string;
  /** As INIT_START shows it: `nodejs:24.v1`. */
  readonly runtimeVersion: string;
  readonly runtimeVersionArn: string;
  readonly initializationType: InitializationType;
  /** Whose provisioned concurrency it belongs to: an alias or a version; undefined on demand. */
  readonly qualifier: string | undefined;
  /** The function's own variables, the role's credentials, and all that AWS sets but the Runtime API's address. */
  readonly environment: Readonly<Record<string, string>>;
  /** Which of the variables are the function's own. */
  readonly ownVariables: readonly string[];
}

/** How much of an environment was there before it was asked for. */
export type PoolLevel = 0 | 1 | 2;

/** How the start of an environment went; after a failed initialisation it is there all the same. */
export interface EnvironmentStarted {
  readonly initialised: boolean;
  /** Milliseconds by phase: network, sandbox, code, init. */
  readonly phasesMs: Readonly<Record<string, number>>;
  /** The pool that its sandbox came out of: one with a booted runtime (2), one without (1), or none (0). */
  readonly poolLevel: PoolLevel;
  /** Why it could not come out of a higher level, in words; undefined where it came out of the highest. */
  readonly poolMiss: string | undefined;
}

/** A function that will be invoked: its runtime is made ready, and a sandbox may be. */
export interface Preparation {
  readonly runtime: string;
  readonly memoryMiB: number;
  readonly codeSha256: string;
  readonly localPath: string | undefined;
  readonly layerSha256s: readonly string[];
  readonly handler: string;
  readonly ownVariables: readonly string[];
  /** The variables that AWS sets for every function of the runtime. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One invocation; its event is the body. */
export interface InvocationHeader {
  readonly environmentId: string;
  readonly requestId: string;
  readonly functionArn: string;
  readonly traceId: string;
  /** JSON text, if the client sent one. */
  readonly clientContext: string | undefined;
  readonly wantsLogTail: boolean;
  /** The response goes on its way as it is written, in parts ahead of the answer. */
  readonly wantsStream: boolean;
}

/**
 * How an invocation ended; the response or the error is the body. Parts go ahead of it: those without a header are bytes of a
 * streamed response, one with a header is this result, when the runtime is done and extensions are not.
 */
export interface InvocationResult {
  /** undefined: success. */
  readonly functionError: "Handled" | "Unhandled" | undefined;
  /** `Runtime.ExitError` and its like, or what the handler's error is called. */
  readonly errorType: string | undefined;
  /** Base64 of the last 4 KB of its log, if asked for. */
  readonly logTail: string | undefined;
  /** The environment takes no other invocation. */
  readonly environmentGone: boolean;
  /** It had ended before the event could be given to it: nothing of the invocation has taken place. */
  readonly isUndelivered?: true;
}

/** One step in the life of an environment. */
export interface EnvironmentTransition {
  readonly environmentId: string;
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
}

/** A sandbox that waits in a pool from now on. */
export interface Pooled {
  readonly level: 1 | 2;
  /** The command of the runtime that waits in it; undefined at level 1. */
  readonly command: string | undefined;
}

/** Lines of one environment's log. */
export interface LogBatch {
  readonly accountId: string;
  readonly region: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly events: readonly { readonly timestampMs: number; readonly message: string }[];
}

/** A worker's introduction: who it is, and which environments it already has. */
export interface Hello {
  readonly workerId: string;
  readonly driver: string;
  readonly isolation: string;
  /** Where environments reach the AWS endpoint; undefined where they share the host's network. */
  readonly serviceAddress: string | undefined;
  /** What it may give to environments, all together. */
  readonly memoryMiB: number;
  readonly cores: number;
  readonly environments: readonly ReportedEnvironment[];
}

/** An environment that a worker has, as it tells services that have just started. */
export interface ReportedEnvironment {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly isBusy: boolean;
  readonly bornAtMs: number;
  readonly initializationType: InitializationType;
  readonly qualifier: string | undefined;
  readonly memoryMiB: number;
  readonly codeSha256: string;
}

/** What a worker has left, told every second. */
export interface WorkerLoadReport {
  /** Memory that its machine has available, its own share of it. */
  readonly availableMiB: number;
  readonly environments: number;
  /** What its idle environments use on average; undefined where it has none. */
  readonly idleEachMiB: number | undefined;
}

/** Calls, by the names they travel under. `services` makes the first five, the worker the others. */
export const calls = {
  startEnvironment: "startEnvironment",
  invoke: "invoke",
  stopEnvironment: "stopEnvironment",
  prepare: "prepare",
  /** Services are about to go: answered when every log line so far is stored. */
  drain: "drain",
  fetchCode: "fetchCode",
  /** Answered when the batch is stored, so that nobody sends faster than it can be. */
  logs: "logs",
} as const;

/** Notices of the worker. */
export const notices = {
  hello: "hello",
  environmentGone: "environmentGone",
  load: "load",
  transition: "transition",
  pooled: "pooled",
  /** Something below a local path has changed. */
  codeChanged: "codeChanged",
} as const;
