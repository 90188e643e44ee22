// A function version as AWS shows it: FunctionConfiguration.
import type {
  FunctionConfiguration,
  LastUpdateStatusReasonCode,
  Runtime,
  StateReasonCode,
} from "@aws-sdk/client-lambda";
import { functionArn } from "../../model/function-arn.ts";
import { type FunctionVersion, type ImageSettings, isRestored } from "../../model/function-version.ts";
import { runtimeVersionOf } from "../../model/runtimes.ts";

function stateMembers({ state, lastUpdate, version }: FunctionVersion): Partial<FunctionConfiguration> {
  const creating = { StateReason: "The function is being created.", StateReasonCode: "Creating" as const };
  const members: Partial<FunctionConfiguration> = { State: state.state };
  if (state.state === "Pending") Object.assign(members, creating);
  if (state.state === "Failed") {
    Object.assign(members, { StateReason: state.reason, StateReasonCode: state.reasonCode as StateReasonCode });
  }
  if (version !== "$LATEST" || state.state === "Pending") return members;
  members.LastUpdateStatus = lastUpdate.status;
  if (lastUpdate.status === "InProgress") {
    members.LastUpdateStatusReason = "The function is being created.";
    members.LastUpdateStatusReasonCode = "Creating" as LastUpdateStatusReasonCode;
  } else if (lastUpdate.status === "Failed") {
    members.LastUpdateStatusReason = lastUpdate.reason;
    members.LastUpdateStatusReasonCode = lastUpdate.reasonCode as LastUpdateStatusReasonCode;
  }
  return members;
}

function imageConfigMembers(settings: ImageSettings | undefined): Partial<FunctionConfiguration> {
  if (settings === undefined) return {};
  const { entryPoint, command, workingDirectory } = settings;
  return {
    ImageConfigResponse: {
      ImageConfig: {
        ...(entryPoint === undefined ? {} : { EntryPoint: [...entryPoint] }),
        ...(command === undefined ? {} : { Command: [...command] }),
        ...(workingDirectory === undefined ? {} : { WorkingDirectory: workingDirectory }),
      },
    },
  };
}

/**
 * @param options.qualifier what the client asked for, so that the ARN carries it as on AWS
 * @param options.isListed lists leave State and LastUpdateStatus out
 */
export function toConfiguration(
  it: FunctionVersion,
  options: { qualifier?: string | undefined; isListed?: boolean } = {},
): FunctionConfiguration {
  const { settings } = it;
  const qualifier = options.qualifier ?? (it.version === "$LATEST" ? undefined : it.version);
  return {
    FunctionName: it.functionName,
    FunctionArn: functionArn({ ...it, qualifier }),
    ...(it.code.image === undefined ? { Runtime: settings.runtime as Runtime, Handler: settings.handler } : {}),
    Role: settings.role,
    CodeSize: it.code.bytes,
    Description: settings.description,
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memoryMiB,
    LastModified: it.lastModified,
    CodeSha256: it.code.sha256,
    Version: it.version,
    ...(settings.environment === undefined ? {} : { Environment: { Variables: { ...settings.environment } } }),
    TracingConfig: { Mode: settings.tracingMode as "Active" | "PassThrough" },
    RevisionId: it.revisionId,
    ...(settings.layers.length === 0
      ? {}
      : { Layers: settings.layers.map(({ arn, bytes }) => ({ Arn: arn, CodeSize: bytes })) }),
    ...(options.isListed ? {} : stateMembers(it)),
    PackageType: it.code.image === undefined ? "Zip" : "Image",
    ...imageConfigMembers(settings.imageConfig),
    Architectures: [settings.architecture as "x86_64" | "arm64"],
    EphemeralStorage: { Size: settings.ephemeralStorageMiB },
    SnapStart: {
      ApplyOn: settings.snapStart ?? "None",
      OptimizationStatus: isRestored(it) && it.state.state === "Active" ? "On" : "Off",
    },
    ...(it.code.image === undefined
      ? { RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionOf(it.region, settings.runtime).arn } }
      : {}),
    LoggingConfig: {
      LogFormat: settings.logFormat as "JSON" | "Text",
      ...(settings.applicationLogLevel === undefined
        ? {}
        : { ApplicationLogLevel: settings.applicationLogLevel as "INFO" }),
      ...(settings.systemLogLevel === undefined ? {} : { SystemLogLevel: settings.systemLogLevel as "INFO" }),
      LogGroup: settings.logGroup,
    },
  };
}
