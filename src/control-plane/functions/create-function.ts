// CreateFunction: checks, stores the package and the version, answers Pending, and settles in the background.
import type { CreateFunctionRequest, FunctionConfiguration } from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import { parseFunctionAddress } from "../../model/function-arn.ts";
import type { FunctionCode, FunctionSettings, FunctionVersion } from "../../model/function-version.ts";
import { invalidParameter, notSupported, resourceConflict } from "../../model/lambda-exceptions.ts";
import type { RequestContext, ServiceException } from "../../model/operation.ts";
import { addressConstraints, type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { checkCombinedSize, functionLayers } from "../layers/function-layers.ts";
import { type ControlPlaneParts, lastModified } from "../parts.ts";
import { checkTags } from "../tags/tag-rules.ts";
import { codeSource, keepCode, unzippedBytesIn } from "./code-source.ts";
import { toConfiguration } from "./function-configuration.ts";
import { checkPublishTo, checkSettings, newSettings, settingsConstraints } from "./function-settings.ts";
import { publishVersionOf } from "./publish-version.ts";
import { settle } from "./settle.ts";

function check(input: CreateFunctionRequest): void {
  validate([...addressConstraints({ FunctionName: input.FunctionName }), ...settingsConstraints(input, input)]);
  checkSettings(input);
  if (input.PackageType === "Image" || input.Code?.ImageUri !== undefined) throw notSupported("PackageType Image");
  if (input.Code?.SourceKMSKeyArn !== undefined) throw notSupported("Code.SourceKMSKeyArn");
  if (input.CodeSigningConfigArn !== undefined) throw notSupported("CodeSigningConfigArn");
  if (input.TenancyConfig !== undefined) throw notSupported("TenancyConfig");
  checkPublishTo(input.PublishTo);
  if (input.Runtime === undefined || input.Handler === undefined) {
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  checkTags(input.Tags ?? {});
}

/** The first version of a function, before anything has been made ready to run it. */
function newFunction(
  parts: ControlPlaneParts,
  address: ResolvedAddress,
  settings: FunctionSettings,
  code: FunctionCode,
): FunctionVersion {
  return {
    accountId: address.accountId,
    region: address.region,
    functionName: address.functionName,
    version: "$LATEST",
    settings,
    code,
    state: { state: "Pending" },
    lastUpdate: { status: "Successful" },
    lastModified: lastModified(parts.clock.nowMs()),
    revisionId: newUuid(),
    deployment: newUuid(),
  };
}

/** The operation. Throws what AWS's does; the function is not there unless the answer says so. */
export async function createFunction(
  parts: ControlPlaneParts,
  input: CreateFunctionRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  check(input);
  const { qualifier } = parseFunctionAddress(input.FunctionName ?? "") ?? {};
  if (qualifier !== undefined)
    throw invalidParameter("Function names can't carry a version or alias when a function is created.");
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:CreateFunction");
  const source = codeSource(input.Code ?? {}, parts.localCode, "Code.S3Bucket");
  const exists = (): boolean => parts.publication.get(address, "$LATEST") !== undefined;
  const conflict = (): ServiceException => resourceConflict(`Function already exist: ${address.functionName}`);
  // Asked twice, since reading the package takes a while: at once for the answer, serially for the truth.
  if (exists()) throw conflict();
  const layers = await functionLayers(parts, input.Layers ?? [], context);
  checkCombinedSize(await unzippedBytesIn(source), layers);
  return await parts.serially(address, async () => {
    if (exists()) throw conflict();
    const code = await keepCode(parts, source);
    const made = newFunction(parts, address, newSettings(input, address.functionName, layers), code);
    await parts.functions.create(made, input.Tags ?? {});
    parts.publication.publish(made);
    void settle(parts, made);
    return toConfiguration(input.Publish ? await publishVersionOf(parts, made, undefined) : made);
  });
}
