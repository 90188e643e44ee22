// What a new environment is told: its limits, its log and every variable that AWS sets. Pure but for the credentials.
import type { EnvironmentSpec, FunctionImage, InitializationType, Preparation } from "../../link/messages.ts";
import type { FunctionVersion } from "../../model/function-version.ts";
import { runtimeVersionOf } from "../../model/runtimes.ts";

/** Temporary keys of an execution role. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The data plane's need of an identity service. */
export type IssueCredentials = (roleArn: string, sessionName: string) => RoleCredentials;

function executionEnvironmentName(runtime: string): Readonly<Record<string, string>> {
  return runtime === "" || runtime.startsWith("provided") ? {} : { AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}` };
}

/** Search paths by runtime family. Source: Lambda Developer Guide, "Defined runtime environment variables". */
function searchPaths(runtime: string): Readonly<Record<string, string>> {
  const common = {
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    LD_LIBRARY_PATH: "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
  };
  const node = /^nodejs(\d+)/u.exec(runtime)?.[1];
  if (node !== undefined) {
    return {
      ...common,
      NODE_PATH: `/opt/nodejs/node${node}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task`,
    };
  }
  if (runtime.startsWith("python")) return { ...common, PYTHONPATH: "/var/runtime" };
  const ruby = /^ruby(\d+\.\d+)/u.exec(runtime)?.[1];
  if (ruby !== undefined) {
    return {
      ...common,
      GEM_PATH: `/var/task/vendor/bundle/ruby/${ruby}.0:/opt/ruby/gems/${ruby}.0`,
      RUBYLIB: "/var/task:/var/runtime/lib:/opt/ruby/lib",
    };
  }
  return { ...common, PATH: "/usr/local/bin:/usr/bin/:/bin:/opt/bin" };
}

/** The variables that every function of a runtime begins with, its own over them. An image has its own. */
function baseVariables(runtime: string): Readonly<Record<string, string>> {
  if (runtime === "") return { TZ: ":UTC", AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR" };
  return { ...searchPaths(runtime), LANG: "en_US.UTF-8", TZ: ":UTC", AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR" };
}

function imageOf({ code, settings }: FunctionVersion): FunctionImage | undefined {
  if (code.image === undefined) return undefined;
  const { entryPoint, command, workingDirectory } = settings.imageConfig ?? {};
  return { ...code.image, entryPoint, command, workingDirectory };
}

/** What a worker is told of a version before its first start. */
export function preparation(version: FunctionVersion): Preparation {
  const { settings, code } = version;
  return {
    image: imageOf(version),
    runtime: settings.runtime,
    memoryMiB: settings.memoryMiB,
    codeSha256: code.sha256,
    localPath: code.localPath,
    layerSha256s: settings.layers.map((it) => it.sha256),
    handler: settings.handler,
    ownVariables: Object.keys(settings.environment ?? {}),
    environment: { ...baseVariables(settings.runtime), ...settings.environment },
  };
}

/** What tells an environment from others of its version. */
export interface EnvironmentAt {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly initializationType: InitializationType;
  readonly qualifier: string | undefined;
  /** By which a debugger comes; no time runs out then. */
  readonly debugPort?: number | undefined;
}

/** Long enough for whoever looks at a breakpoint, and less than what a timer can hold. */
const HELD_MS = 24 * 3_600_000;

/** The spec for one environment of a version. */
export function environmentSpec(
  version: FunctionVersion,
  at: EnvironmentAt,
  nowMs: number,
  issueCredentials: IssueCredentials,
): EnvironmentSpec {
  const { settings } = version;
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/");
  const isOwnGroup = settings.logGroup === `/aws/lambda/${version.functionName}`;
  const logStream = `${day}/${isOwnGroup ? "" : version.functionName}[${version.version}]${at.environmentId}`;
  const runtimeVersion =
    version.code.image === undefined ? runtimeVersionOf(version.region, settings.runtime) : { name: "", arn: "" };
  const credentials = issueCredentials(settings.role, version.functionName);
  return {
    ...at,
    accountId: version.accountId,
    region: version.region,
    functionName: version.functionName,
    version: version.version,
    runtime: settings.runtime,
    handler: settings.handler,
    memoryMiB: settings.memoryMiB,
    ephemeralStorageMiB: settings.ephemeralStorageMiB,
    timeoutMs: at.debugPort === undefined ? settings.timeoutSeconds * 1000 : HELD_MS,
    debugPort: at.debugPort,
    codeSha256: version.code.sha256,
    localPath: version.code.localPath,
    image: imageOf(version),
    layerSha256s: settings.layers.map((it) => it.sha256),
    logFormat: settings.logFormat,
    logGroup: settings.logGroup,
    logStream,
    systemLogLevel: settings.systemLogLevel,
    runtimeVersion: runtimeVersion.name,
    runtimeVersionArn: runtimeVersion.arn,
    ownVariables: Object.keys(settings.environment ?? {}),
    environment: {
      ...baseVariables(settings.runtime),
      ...settings.environment,
      ...executionEnvironmentName(settings.runtime),
      // An image's own entry point sets it.
      ...(version.code.image === undefined ? { _HANDLER: settings.handler } : {}),
      AWS_REGION: version.region,
      AWS_DEFAULT_REGION: version.region,
      AWS_LAMBDA_FUNCTION_NAME: version.functionName,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMiB),
      AWS_LAMBDA_FUNCTION_VERSION: version.version,
      AWS_LAMBDA_INITIALIZATION_TYPE: at.initializationType,
      AWS_LAMBDA_LOG_GROUP_NAME: settings.logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: logStream,
      AWS_LAMBDA_LOG_FORMAT: settings.logFormat,
      ...(settings.applicationLogLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: settings.applicationLogLevel }),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      LAMBDA_TASK_ROOT: "/var/task",
      LAMBDA_RUNTIME_DIR: "/var/runtime",
    },
  };
}
