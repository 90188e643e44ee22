// PublishLayerVersion: stores a layer's content under the next number.
import type { PublishLayerVersionRequest, PublishLayerVersionResponse } from "@aws-sdk/client-lambda";
import { invalidParameter, notSupported } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import { checkCodePackage } from "../functions/code-package.ts";
import { type ControlPlaneParts, lastModified } from "../parts.ts";
import { publishConstraints, toLayerVersion } from "./layer-rules.ts";
import { ownLayer } from "./resolve-layer.ts";

function checkedZip({ Content: content }: PublishLayerVersionRequest): Uint8Array {
  const { S3Bucket, S3Key, S3ObjectVersion, S3ObjectStorageMode } = content ?? {};
  const isInS3 = [S3Bucket, S3Key, S3ObjectVersion].some((it) => it !== undefined);
  if (isInS3) throw notSupported("Content.S3Bucket");
  if (S3ObjectStorageMode !== undefined) throw notSupported("Content.S3ObjectStorageMode");
  if (content?.ZipFile === undefined) throw invalidParameter("Please provide a source for layer content.");
  return content.ZipFile;
}

/** The operation. The same content again is another version, as on AWS. */
export async function publishLayerVersion(
  parts: ControlPlaneParts,
  input: PublishLayerVersionRequest,
  context: RequestContext,
): Promise<PublishLayerVersionResponse> {
  validate(publishConstraints(input));
  const layer = ownLayer(input.LayerName, context, "lambda:PublishLayerVersion");
  const zip = checkedZip(input);
  const unzippedBytes = await checkCodePackage(zip);
  const content = { sha256: await parts.code.put(zip), bytes: zip.length, unzippedBytes };
  const published = await parts.layers.publish(
    (version) => ({
      ...layer,
      version,
      content,
      description: input.Description ?? "",
      compatibleRuntimes: input.CompatibleRuntimes,
      compatibleArchitectures: input.CompatibleArchitectures,
      licenseInfo: input.LicenseInfo,
      createdDate: lastModified(parts.clock.nowMs()),
    }),
    layer,
  );
  return toLayerVersion(published, parts.codeLocation(content.sha256, context.endpoint));
}
