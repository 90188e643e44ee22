// PublishVersion: an immutable copy of $LATEST under the next number.
import type { FunctionConfiguration, PublishVersionRequest } from "@aws-sdk/client-lambda";
import { isDeepStrictEqual } from "node:util";
import { newUuid } from "../../foundation/ids.ts";
import { type FunctionVersion, versionArn } from "../../model/function-version.ts";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { resolveAddress } from "../../model/resolve-address.ts";
import { checkChangeable, type ControlPlaneParts, existing, lastModified } from "../parts.ts";
import { toConfiguration } from "./function-configuration.ts";
import { settle } from "./settle.ts";

function isUnchanged(latest: FunctionVersion, published: FunctionVersion, description: string | undefined): boolean {
  const asPublished = { ...latest.settings, description: description ?? latest.settings.description };
  return published.code.sha256 === latest.code.sha256 && isDeepStrictEqual(asPublished, published.settings);
}

/** Publishes, or gives the last version again where nothing has changed since. */
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
      version,
      settings: { ...latest.settings, description: description ?? latest.settings.description },
      state: { state: "Pending" },
      lastUpdate: { status: "Successful" },
      lastModified: lastModified(parts.clock.nowMs()),
      revisionId: newUuid(),
    }),
    latest,
  );
  parts.publication.publish(published);
  void settle(parts, published);
  return published;
}

/** The operation. Publishing changes the RevisionId of $LATEST, as on AWS. */
export async function publishVersion(
  parts: ControlPlaneParts,
  input: PublishVersionRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  const address = resolveAddress(input, context, "lambda:PublishVersion");
  return await parts.serially(address, async () => {
    const latest = existing(parts, { ...address, qualifier: undefined });
    checkChangeable(latest, input.RevisionId, versionArn(latest));
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== "" && input.CodeSha256 !== latest.code.sha256) {
      throw invalidParameter(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    return toConfiguration(await publishVersionOf(parts, latest, input.Description));
  });
}
