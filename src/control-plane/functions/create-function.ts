// CreateFunction: checks, stores the package and the version, answers Pending, and settles in the background.
import type { CreateFunctionRequest, FunctionConfiguration } from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import { parseFunctionAddress } from "../../model/function-arn.ts";
import type { FunctionVersion } from "../../model/function-version.ts";
import { invalidParameter, notSupported, resourceConflict } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { functionNameConstraint, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { type ControlPlaneParts, lastModified } from "../parts.ts";
import { checkTags } from "../tags/tag-rules.ts";
import { checkCodePackage } from "./code-package.ts";
import { toConfiguration } from "./function-configuration.ts";
import { checkSettings, newSettings } from "./function-settings.ts";
import { publishVersionOf } from "./publish-version.ts";
import { settle } from "./settle.ts";

function check(input: CreateFunctionRequest): void {
  validate([
    functionNameConstraint(input.FunctionName),
    { name: "role", value: input.Role, required: true },
    { name: "code", value: input.Code === undefined ? undefined : "given", required: true },
    { name: "packageType", value: input.PackageType, values: ["Zip", "Image"] },
    { name: "architectures", value: input.Architectures, length: [1, 1] },
  ]);
  checkSettings(input, functionNameConstraint(input.FunctionName));
  if (input.PackageType === "Image" || input.Code?.ImageUri !== undefined) throw notSupported("PackageType Image");
  if (input.Code?.S3Bucket !== undefined || input.Code?.S3Key !== undefined) throw notSupported("Code.S3Bucket");
  if (input.CodeSigningConfigArn !== undefined) throw notSupported("CodeSigningConfigArn");
  if (input.TenancyConfig !== undefined) throw notSupported("TenancyConfig");
  if (input.Runtime === undefined || input.Handler === undefined) {
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  checkTags(input.Tags ?? {});
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
  const address = resolveAddress(input, context, "lambda:CreateFunction");
  const zip = input.Code?.ZipFile;
  if (zip === undefined) throw invalidParameter("Please provide a source for function code.");
  await checkCodePackage(zip);
  const version = await parts.serially(address, async () => {
    if (parts.publication.get(address, "$LATEST") !== undefined) {
      throw resourceConflict(`Function already exist: ${address.functionName}`);
    }
    const made: FunctionVersion = {
      accountId: address.accountId,
      region: address.region,
      functionName: address.functionName,
      version: "$LATEST",
      settings: newSettings(input, address.functionName),
      code: { sha256: await parts.code.put(zip), bytes: zip.length },
      state: { state: "Pending" },
      lastUpdate: { status: "Successful" },
      lastModified: lastModified(parts.clock.nowMs()),
      revisionId: newUuid(),
    };
    await parts.functions.create(made, input.Tags ?? {});
    parts.publication.publish(made);
    return made;
  });
  void settle(parts, version);
  if (input.Publish) return toConfiguration(await publishVersionOf(parts, version, undefined));
  return toConfiguration(version);
}
