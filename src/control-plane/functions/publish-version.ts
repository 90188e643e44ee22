// PublishVersion: an immutable copy of $LATEST under the next number.
import type { FunctionConfiguration, PublishVersionRequest } from "@aws-sdk/client-lambda";
import { isDeepStrictEqual } from "node:util";
import { newUuid } from "../../foundation/ids.ts";
import { type FunctionSettings, type FunctionVersion, versionArn } from "../../model/function-version.ts";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { checkChangeable, type ControlPlaneParts, existing, inState, lastModified } from "../parts.ts";
import { toConfiguration } from "./function-configuration.ts";
import { checkPublishTo, publishToConstraint } from "./function-settings.ts";
import { settle } from "./settle.ts";

/** As it comes back from the store, where an absent member and an undefined one are the same. */
const stored = (settings: FunctionSettings): unknown => JSON.parse(JSON.stringify(settings));

function isUnchanged(latest: FunctionVersion, published: FunctionVersion, description: string | undefined): boolean {
  const asPublished = { ...latest.settings, description: description ?? latest.settings.description };
  return (
    published.code.sha256 === latest.code.sha256 && isDeepStrictEqual(stored(asPublished), stored(published.settings))
  );
}

/** Publishes, or gives the last version again where nothing has changed since. To be called serially. */
export async function publishVersionOf(
  parts: ControlPlaneParts,
  latest: FunctionVersion,
  description: string | undefined,
): Promise<FunctionVersion> {
  const previous = parts.publication.versions(latest).at(-1);
  if (previous !== undefined && previous.version !== "$LATEST" && isUnchanged(latest, previous, description))
    return previous;
  const published = await parts.functions.publish(
    (version) => ({
      ...latest,
      previous: undefined,
      version,
      settings: { ...latest.settings, description: description ?? latest.settings.description },
      state: { state: "Pending" },
      lastUpdate: { status: "Successful" },
      lastModified: lastModified(parts.clock.nowMs()),
      revisionId: newUuid(),
      deployment: newUuid(),
    }),
    latest,
  );
  parts.publication.publish(published);
  // Publishing changes the RevisionId of $LATEST, as on AWS.
  const next = { ...latest, revisionId: newUuid() };
  await parts.functions.put(next);
  parts.publication.publish(next);
  void settle(parts, published);
  return published;
}

function checkPublishable(input: PublishVersionRequest, latest: FunctionVersion): void {
  if (latest.state.state !== "Active") throw inState(latest.state.state);
  checkChangeable(latest, input.RevisionId, versionArn(latest));
  if (input.CodeSha256 !== undefined && input.CodeSha256 !== "" && input.CodeSha256 !== latest.code.sha256) {
    throw invalidParameter(
      `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  }
}

/** The operation. */
export async function publishVersion(
  parts: ControlPlaneParts,
  input: PublishVersionRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  validate([
    ...addressConstraints(input),
    { name: "description", value: input.Description, length: [0, 256] },
    publishToConstraint(input.PublishTo),
  ]);
  checkPublishTo(input.PublishTo);
  const address = resolveAddress(input, context, "lambda:PublishVersion");
  return await parts.serially(address, async () => {
    const latest = existing(parts, { ...address, qualifier: undefined });
    checkPublishable(input, latest);
    return toConfiguration(await publishVersionOf(parts, latest, input.Description));
  });
}
