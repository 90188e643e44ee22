// UpdateFunctionCode and UpdateFunctionConfiguration: a new $LATEST, in progress until it can run.
import type {
  FunctionConfiguration,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import { type FunctionVersion, versionArn } from "../../model/function-version.ts";
import { invalidParameter, notSupported } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { functionNameConstraint, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { checkChangeable, type ControlPlaneParts, existing, lastModified } from "../parts.ts";
import { checkCodePackage } from "./code-package.ts";
import { toConfiguration } from "./function-configuration.ts";
import { checkSettings, updatedSettings } from "./function-settings.ts";
import { publishVersionOf } from "./publish-version.ts";
import { settle } from "./settle.ts";

function inProgress(
  parts: ControlPlaneParts,
  latest: FunctionVersion,
  changed: Partial<FunctionVersion>,
): FunctionVersion {
  return {
    ...latest,
    ...changed,
    // A function whose creation failed is created anew by a corrective update.
    state: latest.state.state === "Failed" ? { state: "Pending" } : latest.state,
    lastUpdate: { status: "InProgress" },
    lastModified: lastModified(parts.clock.nowMs()),
    revisionId: newUuid(),
  };
}

async function replace(parts: ControlPlaneParts, next: FunctionVersion): Promise<void> {
  await parts.functions.put(next);
  parts.publication.publish(next);
  void settle(parts, next);
}

/** The operation. With DryRun everything is checked and nothing is changed. */
export async function updateFunctionCode(
  parts: ControlPlaneParts,
  input: UpdateFunctionCodeRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  const address = resolveAddress(input, context, "lambda:UpdateFunctionCode");
  validate([{ name: "architectures", value: input.Architectures, length: [1, 1] }]);
  if (input.ImageUri !== undefined) throw notSupported("ImageUri");
  if (input.S3Bucket !== undefined || input.S3Key !== undefined) throw notSupported("S3Bucket");
  const zip = input.ZipFile;
  if (zip === undefined) throw invalidParameter("Please provide a source for function code.");
  existing(parts, { ...address, qualifier: undefined });
  await checkCodePackage(zip);
  return await parts.serially(address, async () => {
    const latest = existing(parts, { ...address, qualifier: undefined });
    checkChangeable(latest, input.RevisionId, versionArn(latest));
    const code = { sha256: input.DryRun ? latest.code.sha256 : await parts.code.put(zip), bytes: zip.length };
    const architecture = input.Architectures?.[0] ?? latest.settings.architecture;
    const next = inProgress(parts, latest, { code, settings: { ...latest.settings, architecture } });
    if (input.DryRun) return toConfiguration({ ...next, lastUpdate: latest.lastUpdate, revisionId: latest.revisionId });
    await replace(parts, next);
    return toConfiguration(input.Publish ? await publishVersionOf(parts, next, undefined) : next);
  });
}

/** The operation. */
export async function updateFunctionConfiguration(
  parts: ControlPlaneParts,
  input: UpdateFunctionConfigurationRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  checkSettings(input, functionNameConstraint(input.FunctionName));
  const address = resolveAddress(input, context, "lambda:UpdateFunctionConfiguration");
  return await parts.serially(address, async () => {
    const latest = existing(parts, { ...address, qualifier: undefined });
    checkChangeable(latest, input.RevisionId, versionArn(latest));
    const next = inProgress(parts, latest, { settings: updatedSettings(input, latest.settings) });
    await replace(parts, next);
    return toConfiguration(next);
  });
}
