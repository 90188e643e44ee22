// Rules of a function's settings: AWS's constraints, defaults and messages. Pure.
import type { CreateFunctionRequest, UpdateFunctionConfigurationRequest } from "@aws-sdk/client-lambda";
import type { FunctionSettings } from "../../model/function-version.ts";
import type { FunctionLayer } from "../../model/layer.ts";
import { CREATABLE_RUNTIMES, judgeRuntime } from "../../model/runtimes.ts";
import type { Constraint } from "../../model/validation.ts";
import { imageConfigConstraints, imageSettings } from "./image-rules.ts";
import { invalidParameter, notSupported } from "../../model/lambda-exceptions.ts";
import { layersConstraint } from "../layers/function-layers.ts";

const ROLE_PATTERN = "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+";
const ENVIRONMENT_BYTES_MAX = 4096;

const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_LAMBDA_METADATA_API",
  "AWS_LAMBDA_METADATA_TOKEN",
]);

type Given = CreateFunctionRequest | UpdateFunctionConfigurationRequest;

/** The constraint on where a version is published to. */
export function publishToConstraint(value: string | undefined): Constraint {
  return { name: "publishTo", value, values: ["LATEST_PUBLISHED"] };
}

/** `$LATEST.PUBLISHED` belongs to managed instances. Throws InvalidParameterValueException. */
export function checkPublishTo(value: string | undefined): void {
  if (value !== undefined) throw notSupported("PublishTo");
}

/** The constraint on architectures, in the service's model. */
export function architecturesConstraint(value: readonly string[] | undefined): Constraint {
  return { name: "architectures", value, length: [1, 1], itemValues: ["x86_64", "arm64"] };
}

function loggingConstraints(given: Given["LoggingConfig"]): Constraint[] {
  return [
    { name: "loggingConfig.logFormat", value: given?.LogFormat, values: ["JSON", "Text"] },
    {
      name: "loggingConfig.applicationLogLevel",
      value: given?.ApplicationLogLevel,
      values: ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"],
    },
    { name: "loggingConfig.systemLogLevel", value: given?.SystemLogLevel, values: ["DEBUG", "INFO", "WARN"] },
    { name: "loggingConfig.logGroup", value: given?.LogGroup, length: [1, 512], pattern: "[\\.\\-_/#A-Za-z0-9]+" },
  ];
}

/**
 * The constraints on settings, in the order of the service's model, which is that of faults in a message.
 * @param created what only CreateFunction has, where it is one
 */
export function settingsConstraints(given: Given, created?: CreateFunctionRequest): Constraint[] {
  const isCreated = created !== undefined;
  const inCreation = (constraint: Constraint): Constraint[] => (isCreated ? [constraint] : []);
  return [
    { name: "role", value: given.Role, required: isCreated, pattern: ROLE_PATTERN },
    ...inCreation({ name: "code", value: created?.Code === undefined ? undefined : "given", required: true }),
    { name: "handler", value: given.Handler, pattern: "[^\\s]+", length: [0, 128] },
    { name: "description", value: given.Description, length: [0, 256] },
    { name: "timeout", value: given.Timeout, range: [1, 900] },
    { name: "memorySize", value: given.MemorySize, range: [128, 10_240] },
    ...inCreation(publishToConstraint(created?.PublishTo)),
    ...inCreation({ name: "packageType", value: created?.PackageType, values: ["Zip", "Image"] }),
    {
      name: "environment.variables",
      value: given.Environment?.Variables,
      keyPattern: "[a-zA-Z]([a-zA-Z0-9_])+",
      isSensitive: true,
    },
    { name: "tracingConfig.mode", value: given.TracingConfig?.Mode, values: ["Active", "PassThrough"] },
    layersConstraint(given.Layers),
    ...inCreation(architecturesConstraint(created?.Architectures)),
    {
      name: "ephemeralStorage.size",
      value: given.EphemeralStorage?.Size,
      required: given.EphemeralStorage !== undefined,
      range: [512, 10_240],
    },
    ...imageConfigConstraints(given.ImageConfig),
    { name: "snapStart.applyOn", value: given.SnapStart?.ApplyOn, values: ["PublishedVersions", "None"] },
    ...loggingConstraints(given.LoggingConfig),
  ];
}

function checkRuntime(name: string | undefined): void {
  if (name === undefined) return;
  const verdict = judgeRuntime(name);
  if (verdict.kind === "unknown") {
    const known = CREATABLE_RUNTIMES.join(", ");
    throw invalidParameter(
      `Value ${name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${known}] or be a valid ARN`,
    );
  }
  if (verdict.kind === "blocked") {
    throw invalidParameter(
      `The runtime parameter of ${name} is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (${verdict.newest}) while creating or updating functions.`,
    );
  }
  if (verdict.kind === "notYetRunnable") throw notSupported(`Runtime ${name}`);
}

function checkEnvironment(variables: Readonly<Record<string, string>> | undefined): void {
  if (variables === undefined) return;
  const names = Object.keys(variables);
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name));
  const unable =
    "Lambda was unable to configure your environment variables because the environment variables you have provided";
  if (reserved.length > 0) {
    throw invalidParameter(
      `${unable} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > ENVIRONMENT_BYTES_MAX) {
    throw invalidParameter(`${unable} exceeded the 4KB limit. String measured: ${measured}`);
  }
}

function checkUnsupported(given: Given): void {
  const hasVpc = (given.VpcConfig?.SubnetIds?.length ?? 0) > 0 || (given.VpcConfig?.SecurityGroupIds?.length ?? 0) > 0;
  if (hasVpc) throw notSupported("VpcConfig");
  if ((given.FileSystemConfigs?.length ?? 0) > 0) throw notSupported("FileSystemConfigs");
  if (given.DeadLetterConfig?.TargetArn) throw notSupported("DeadLetterConfig");
  if (given.KMSKeyArn) throw notSupported("KMSKeyArn");
  if (given.CapacityProviderConfig !== undefined) throw notSupported("CapacityProviderConfig");
  if (given.DurableConfig !== undefined) throw notSupported("DurableConfig");
}

/** Checks what constraints do not say. Throws InvalidParameterValueException. */
export function checkSettings(given: Given): void {
  checkRuntime(given.Runtime);
  checkEnvironment(given.Environment?.Variables);
  checkUnsupported(given);
}

function snapStartOf(applyOn: string | undefined): FunctionSettings["snapStart"] {
  return applyOn === "PublishedVersions" ? applyOn : undefined;
}

/** Runtimes whose clients can be restored. Source: Lambda Developer Guide, "Improving startup performance with SnapStart". */
const RESTORABLE = /^(?:java(?:11|17|21|25)|python3\.(?:1[2-9]|[2-9]\d)|dotnet(?:8|10))(?:\.|$)/u;
const RESTORED_STORAGE_MIB_MAX = 512;

/** Refuses settings that do not go with SnapStart. Throws InvalidParameterValueException. */
export function checkSnapStart(settings: FunctionSettings, isImage: boolean): void {
  if (settings.snapStart === undefined) return;
  if (isImage) throw invalidParameter("ContainerImage is not supported for SnapStart enabled functions.");
  if (!RESTORABLE.test(settings.runtime))
    throw invalidParameter(`${settings.runtime} is not supported for SnapStart enabled functions.`);
  if (settings.ephemeralStorageMiB > RESTORED_STORAGE_MIB_MAX)
    throw invalidParameter("EphemeralStorage greater than 512 MB is not supported for SnapStart enabled functions.");
}

/** `layers`: those that the request names, found; undefined where it names none. */
function merged(
  given: Given,
  previous: FunctionSettings,
  layers: readonly FunctionLayer[] | undefined,
): FunctionSettings {
  const logging = given.LoggingConfig;
  const logFormat = logging?.LogFormat ?? previous.logFormat;
  const level = (asked: string | undefined, before: string | undefined): string | undefined =>
    logFormat === "JSON" ? (asked ?? before ?? "INFO") : undefined;
  return {
    runtime: given.Runtime ?? previous.runtime,
    handler: given.Handler ?? previous.handler,
    role: given.Role ?? previous.role,
    description: given.Description ?? previous.description,
    timeoutSeconds: given.Timeout ?? previous.timeoutSeconds,
    memoryMiB: given.MemorySize ?? previous.memoryMiB,
    ephemeralStorageMiB: given.EphemeralStorage?.Size ?? previous.ephemeralStorageMiB,
    architecture: previous.architecture,
    environment: given.Environment === undefined ? previous.environment : (given.Environment.Variables ?? {}),
    tracingMode: given.TracingConfig?.Mode ?? previous.tracingMode,
    logFormat,
    applicationLogLevel: level(logging?.ApplicationLogLevel, previous.applicationLogLevel),
    systemLogLevel: level(logging?.SystemLogLevel, previous.systemLogLevel),
    logGroup: logging?.LogGroup ?? previous.logGroup,
    layers: layers ?? previous.layers,
    snapStart: given.SnapStart === undefined ? previous.snapStart : snapStartOf(given.SnapStart.ApplyOn),
    imageConfig: given.ImageConfig === undefined ? previous.imageConfig : imageSettings(given.ImageConfig),
  };
}

/** The settings of a new function: what was given over AWS's defaults. */
export function newSettings(
  given: CreateFunctionRequest,
  functionName: string,
  layers: readonly FunctionLayer[],
): FunctionSettings {
  const defaults: FunctionSettings = {
    runtime: "",
    handler: "",
    role: "",
    description: "",
    timeoutSeconds: 3,
    memoryMiB: 128,
    ephemeralStorageMiB: 512,
    architecture: given.Architectures?.[0] ?? "x86_64",
    environment: undefined,
    tracingMode: "PassThrough",
    logFormat: "Text",
    applicationLogLevel: undefined,
    systemLogLevel: undefined,
    logGroup: `/aws/lambda/${functionName}`,
    layers: [],
  };
  return merged(given, defaults, layers);
}

/** The settings after an update: what was given over what was. */
export function updatedSettings(
  given: UpdateFunctionConfigurationRequest,
  previous: FunctionSettings,
  layers: readonly FunctionLayer[] | undefined,
): FunctionSettings {
  return merged(given, previous, layers);
}
