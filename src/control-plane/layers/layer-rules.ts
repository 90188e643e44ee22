// Rules of layers: what requests may say of them, which of them a list shows, and how AWS shows them. Pure.
import type {
  GetLayerVersionResponse,
  LayerVersionsListItem,
  PublishLayerVersionRequest,
} from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import {
  LAYER_NAME_PATTERN,
  LAYER_VERSION_ARN_PATTERN,
  layerArn,
  type LayerVersion,
  layerVersionArn,
} from "../../model/layer.ts";
import { ALL_RUNTIMES } from "../../model/runtimes.ts";
import type { Constraint } from "../../model/validation.ts";

const ARCHITECTURES = ["x86_64", "arm64"];

/** A layer's name or ARN. */
export function layerNameConstraint(value: string | undefined): Constraint {
  return { name: "layerName", value, required: true, pattern: LAYER_NAME_PATTERN, length: [1, 140] };
}

/** The ARN of a layer version. */
export function arnConstraint(value: string | undefined): Constraint {
  return { name: "arn", value, required: true, pattern: LAYER_VERSION_ARN_PATTERN, length: [1, 2048] };
}

/** Throws InvalidParameterValueException for a number that no layer version can have. */
export function checkVersionNumber(version: number | undefined): void {
  if ((version ?? 0) < 1) throw invalidParameter("Layer Version Cannot be less than 1");
}

/** The constraints on a new version, in the order of the service's model. */
export function publishConstraints(given: PublishLayerVersionRequest): readonly Constraint[] {
  const content = given.Content === undefined ? undefined : "given";
  return [
    layerNameConstraint(given.LayerName),
    { name: "description", value: given.Description, length: [0, 256] },
    { name: "content", value: content, required: true },
    { name: "content.s3ObjectStorageMode", value: given.Content?.S3ObjectStorageMode, values: ["COPY", "REFERENCE"] },
    { name: "compatibleRuntimes", value: given.CompatibleRuntimes, length: [0, 15], itemValues: ALL_RUNTIMES },
    { name: "licenseInfo", value: given.LicenseInfo, length: [0, 512] },
    {
      name: "compatibleArchitectures",
      value: given.CompatibleArchitectures,
      length: [0, 2],
      itemValues: ARCHITECTURES,
    },
  ];
}

/** What lists of layers may be narrowed by. */
export interface LayerFilter {
  readonly CompatibleRuntime?: string | undefined;
  readonly CompatibleArchitecture?: string | undefined;
}

/** The constraints on a list of layers or of versions. */
export function listConstraints(
  given: LayerFilter & { readonly MaxItems?: number | undefined },
): readonly Constraint[] {
  return [
    { name: "compatibleArchitecture", value: given.CompatibleArchitecture, values: ARCHITECTURES },
    { name: "compatibleRuntime", value: given.CompatibleRuntime, values: ALL_RUNTIMES },
    { name: "maxItems", value: given.MaxItems, range: [1, 50] },
  ];
}

/** Whether a list shows a version: one that does not say what it is compatible with is in no narrowed list. */
export function matches(version: LayerVersion, filter: LayerFilter): boolean {
  const { CompatibleRuntime: runtime, CompatibleArchitecture: architecture } = filter;
  return (
    (runtime === undefined || version.compatibleRuntimes?.includes(runtime) === true) &&
    (architecture === undefined || version.compatibleArchitectures?.includes(architecture) === true)
  );
}

/** A version in a list. */
export function toListItem(it: LayerVersion): LayerVersionsListItem {
  const runtimes = it.compatibleRuntimes ?? [];
  const architectures = it.compatibleArchitectures ?? [];
  return {
    LayerVersionArn: layerVersionArn(it, it.version),
    Version: it.version,
    Description: it.description,
    CreatedDate: it.createdDate,
    ...(runtimes.length === 0 ? {} : { CompatibleRuntimes: runtimes as LayerVersionsListItem["CompatibleRuntimes"] }),
    ...(architectures.length === 0
      ? {}
      : { CompatibleArchitectures: architectures as LayerVersionsListItem["CompatibleArchitectures"] }),
    ...(it.licenseInfo === undefined ? {} : { LicenseInfo: it.licenseInfo }),
  };
}

/** A version whole, with where its zip can be fetched. */
export function toLayerVersion(it: LayerVersion, location: string): GetLayerVersionResponse {
  const { sha256, bytes } = it.content;
  return {
    Content: { Location: location, CodeSha256: sha256, CodeSize: bytes },
    LayerArn: layerArn(it),
    ...toListItem(it),
  };
}
