// What an environment is launched with, and whether its runtime may have been booted before anyone knew its function. Pure.
import { unreachable } from "../foundation/fault.ts";
import type { EnvironmentSpec } from "../link/messages.ts";
import type { DebugTarget } from "./debugger-door.ts";
import type { BootPlan } from "./pools/pools.ts";
import type { ImageConfig, Prepared } from "./rootfs/rootfs.ts";
import type { Launch } from "./sandboxes/sandbox-driver.ts";

type Ready = Extract<Prepared, { ready: true }>;

/** Of an image that says nothing: there is no such file, which is said as AWS says it. */
const NO_ENTRY_POINT = "/var/rapid/no-entry-point";
const BOOTSTRAPS: Launch["commands"] = [["/var/task/bootstrap"], ["/opt/bootstrap"]];
/** Node's heap limit follows the memory size, as on AWS. */
const NODE_HEAP_SHARE = 0.9;
/** What AWS sets and a runtime's own start reads. */
const START_VARIABLES = ["PATH", "LD_LIBRARY_PATH", "NODE_PATH", "PYTHONPATH", "LANG", "TZ"];
/** Variables that reach an interpreter, the C library or its allocator before the first line of any program. */
const READ_AT_START =
  /^(?:NODE_|PYTHON|LD_|LC_|MALLOC_|UV_|ICU_|SSL_|OPENSSL_|GLIBC_TUNABLES$|LANG$|LANGUAGE$|TZ$|PATH$|HOME$|AWS_LAMBDA_EXEC_WRAPPER$)/u;

/** What an image is run with, a function's own settings over its: an entry point of a function's own drops the image's command. */
function imageCommand(config: ImageConfig, own: EnvironmentSpec["image"]): Launch["commands"] {
  const entryPoint = own?.entryPoint ?? config.entryPoint;
  const command = own?.command ?? (own?.entryPoint === undefined ? config.command : []);
  const words = [...entryPoint, ...command];
  return words.length === 0 ? [[NO_ENTRY_POINT], [NO_ENTRY_POINT]] : [words];
}

/** Where what is run begins: as on AWS, a function's package or what its image says. */
export function workingDirectoryOf(spec: Pick<EnvironmentSpec, "image">, start: Ready["start"]): string {
  if (start.kind !== "image") return "/var/task";
  const directory = spec.image?.workingDirectory ?? start.config.workingDirectory;
  return directory === "" ? "/" : directory;
}

/** Waits for a debugger before the first line: the oldest break at it. */
const waitOption = (runtime: string): string =>
  /^nodejs(?:\d|1\d)\./u.test(runtime) ? "--inspect-brk" : "--inspect-wait";

/** The commands of which the first that is there starts the runtime. */
export function commandsOf(
  spec: Pick<EnvironmentSpec, "memoryMiB" | "image" | "runtime">,
  start: Ready["start"],
  debug?: DebugTarget,
): Launch["commands"] {
  switch (start.kind) {
    case "nodejs": {
      const heapMiB = Math.floor(spec.memoryMiB * NODE_HEAP_SHARE);
      const inspector = debug === undefined ? [] : [`${waitOption(spec.runtime)}=${debug.host}:${debug.port}`];
      return [[start.interpreter, `--max-old-space-size=${heapMiB}`, ...inspector, "/var/runtime/index.mjs"]];
    }
    case "python":
      if (debug !== undefined)
        return [[start.interpreter, "/var/runtime/hearth_debugpy.py", debug.host, String(debug.port)]];
      return [[start.interpreter, "/var/runtime/bootstrap.py"]];
    case "java":
    case "own":
      return [[start.bootstrap]];
    case "package":
      return BOOTSTRAPS;
    case "image":
      return imageCommand(start.config, spec.image);
    default:
      return unreachable(start);
  }
}

/**
 * The program that starts the runtime in the place of the platform. The managed runtimes alone have one; what a package
 * or an image brings starts by itself, and looks at the variable or not.
 * Source: Lambda Developer Guide, "Modifying the runtime environment"
 */
export function wrapperOf(
  { environment }: Pick<EnvironmentSpec, "environment">,
  start: Ready["start"],
): string | undefined {
  const isManaged = start.kind === "nodejs" || start.kind === "python";
  const wrapper = environment["AWS_LAMBDA_EXEC_WRAPPER"];
  return isManaged && wrapper !== "" ? wrapper : undefined;
}

/** What of an environment's variables a runtime's own start reads, and every function of that runtime has. */
export function startVariables(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => START_VARIABLES.includes(name)));
}

/** How the runtime of a spec is booted ahead, or why it can't be. */
export function bootPlan(
  spec: Pick<EnvironmentSpec, "memoryMiB" | "image" | "runtime" | "ownVariables" | "environment"> & {
    readonly debugPort?: number | undefined;
  },
  prepared: Ready,
): BootPlan {
  const { kind } = prepared.start;
  if (kind === "image") return { canBoot: false, reason: "a container image is run as it is" };
  if (kind === "package") return { canBoot: false, reason: "the package brings its own runtime" };
  if (kind === "java") return { canBoot: false, reason: "AWS's client for Java can't wait for its function" };
  if (kind === "own") return { canBoot: false, reason: "the image's own runtime can't wait for its function" };
  if (spec.debugPort !== undefined)
    return { canBoot: false, reason: "a debugger is waited for from the first line on" };
  const early = spec.ownVariables.find((it) => READ_AT_START.test(it));
  if (early !== undefined) return { canBoot: false, reason: `${early} is read when the runtime starts` };
  const [command = []] = commandsOf(spec, prepared.start);
  return {
    canBoot: true,
    boot: { command, environment: { ...prepared.environment, ...startVariables(spec.environment) } },
  };
}
