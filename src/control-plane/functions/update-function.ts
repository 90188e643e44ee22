// UpdateFunctionCode and UpdateFunctionConfiguration: a new $LATEST, in progress until it can run.
import type {
  FunctionConfiguration,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import { type Deployment, type FunctionVersion, versionArn } from "../../model/function-version.ts";
import { notSupported } from "../../model/lambda-exceptions.ts";
import type { FunctionLayer } from "../../model/layer.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { checkCombinedSize, functionLayers } from "../layers/function-layers.ts";
import { checkChangeable, type ControlPlaneParts, existing, lastModified } from "../parts.ts";
import { unzippedBytesOf } from "./code-package.ts";
import { codeOf, codeSource, keepCode, unzippedBytesIn } from "./code-source.ts";
import { toConfiguration } from "./function-configuration.ts";
import {
  architecturesConstraint,
  checkPublishTo,
  checkSettings,
  publishToConstraint,
  settingsConstraints,
  updatedSettings,
} from "./function-settings.ts";
import { publishVersionOf } from "./publish-version.ts";
import { settle } from "./settle.ts";

/** What goes on running during the update. */
function runningBefore(latest: FunctionVersion): Deployment | undefined {
  if (latest.state.state !== "Active") return undefined;
  if (latest.lastUpdate.status !== "Successful") return latest.previous;
  const { settings, code, deployment } = latest;
  return { settings, code, deployment };
}

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
    deployment: newUuid(),
    previous: runningBefore(latest),
  };
}

async function replace(parts: ControlPlaneParts, next: FunctionVersion): Promise<void> {
  await parts.functions.put(next);
  parts.publication.publish(next);
  void settle(parts, next);
}

function checkCodeUpdate(input: UpdateFunctionCodeRequest): void {
  validate([
    ...addressConstraints({ FunctionName: input.FunctionName }),
    architecturesConstraint(input.Architectures),
    publishToConstraint(input.PublishTo),
  ]);
  if (input.ImageUri !== undefined) throw notSupported("ImageUri");
  if (input.SourceKMSKeyArn !== undefined) throw notSupported("SourceKMSKeyArn");
  checkPublishTo(input.PublishTo);
}

/** The operation. With DryRun everything is checked and nothing is changed. */
export async function updateFunctionCode(
  parts: ControlPlaneParts,
  input: UpdateFunctionCodeRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  checkCodeUpdate(input);
  const source = codeSource(input, parts.localCode, "S3Bucket");
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:UpdateFunctionCode");
  existing(parts, { ...address, qualifier: undefined });
  const unzippedBytes = await unzippedBytesIn(source);
  return await parts.serially(address, async () => {
    const latest = existing(parts, { ...address, qualifier: undefined });
    checkChangeable(latest, input.RevisionId, versionArn(latest));
    checkCombinedSize(unzippedBytes, latest.settings.layers);
    const architecture = input.Architectures?.[0] ?? latest.settings.architecture;
    const settings = { ...latest.settings, architecture };
    if (input.DryRun) return toConfiguration({ ...latest, code: codeOf(source), settings });
    const code = await keepCode(parts, source);
    const next = inProgress(parts, latest, { code, settings });
    await replace(parts, next);
    return toConfiguration(input.Publish ? await publishVersionOf(parts, next, undefined) : next);
  });
}

/** The layers that an update names, small enough together with the code that is there; undefined where it names none. */
async function givenLayers(
  parts: ControlPlaneParts,
  input: UpdateFunctionConfigurationRequest,
  latest: FunctionVersion,
  context: RequestContext,
): Promise<readonly FunctionLayer[] | undefined> {
  if (input.Layers === undefined) return undefined;
  const layers = await functionLayers(parts, input.Layers, context);
  const zip = layers.length === 0 ? undefined : await parts.code.get(latest.code.sha256);
  if (zip !== undefined) checkCombinedSize(await unzippedBytesOf(zip), layers);
  return layers;
}

/** The operation. */
export async function updateFunctionConfiguration(
  parts: ControlPlaneParts,
  input: UpdateFunctionConfigurationRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  validate([...addressConstraints({ FunctionName: input.FunctionName }), ...settingsConstraints(input)]);
  checkSettings(input);
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:UpdateFunctionConfiguration");
  return await parts.serially(address, async () => {
    const latest = existing(parts, { ...address, qualifier: undefined });
    checkChangeable(latest, input.RevisionId, versionArn(latest));
    const layers = await givenLayers(parts, input, latest, context);
    const next = inProgress(parts, latest, { settings: updatedSettings(input, latest.settings, layers) });
    await replace(parts, next);
    return toConfiguration(next);
  });
}
