// Layers: content that functions of any account may have under /opt. Plain data and their names, the same in every part.

/** What a layer version's zip holds. */
export interface LayerContent {
  /** Base64, as AWS gives it. */
  readonly sha256: string;
  /** Of the zip. */
  readonly bytes: number;
  readonly unzippedBytes: number;
}

/** Who may use a layer version, by one statement of its policy. */
export interface LayerStatement {
  readonly sid: string;
  /** An account's root ARN, or `*`. */
  readonly principal: string;
  /** Narrows `*` to the accounts of an organization. */
  readonly organizationId?: string | undefined;
}

/** A layer version's policy: at least one statement. */
export interface LayerPolicy {
  readonly revisionId: string;
  readonly statements: readonly LayerStatement[];
}

/** What names a layer. */
export interface LayerKey {
  readonly accountId: string;
  readonly region: string;
  readonly layerName: string;
}

/** One version: immutable but for its policy. */
export interface LayerVersion extends LayerKey {
  /** From 1, never given twice. */
  readonly version: number;
  readonly content: LayerContent;
  readonly description: string;
  readonly compatibleRuntimes?: readonly string[] | undefined;
  readonly compatibleArchitectures?: readonly string[] | undefined;
  readonly licenseInfo?: string | undefined;
  /** `2026-01-01T00:00:00.000+0000`. */
  readonly createdDate: string;
  readonly policy?: LayerPolicy | undefined;
}

/** A layer version as a function keeps it: with all that it takes to run when the layer version is gone. */
export interface FunctionLayer extends LayerContent {
  readonly arn: string;
}

/** Source: the service's model, LayerName. */
export const LAYER_NAME_PATTERN =
  "(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+";
/** Source: the service's model, LayerVersionArn. */
export const LAYER_VERSION_ARN_PATTERN =
  "arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+";

const LAYER = /^arn:[a-zA-Z0-9-]+:lambda:([a-zA-Z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]{1,140})(?::(\d{1,15}))?$/u;

/** Reads a layer's ARN or a layer version's; undefined when it is neither. */
export function parseLayerArn(text: string): (LayerKey & { readonly version: number | undefined }) | undefined {
  const [, region, accountId, layerName, version] = LAYER.exec(text) ?? [];
  if (region === undefined || accountId === undefined || layerName === undefined) return undefined;
  return { region, accountId, layerName, version: version === undefined ? undefined : Number(version) };
}

/** A layer's ARN. */
export function layerArn({ region, accountId, layerName }: LayerKey): string {
  return `arn:aws:lambda:${region}:${accountId}:layer:${layerName}`;
}

/** The ARN of one of a layer's versions. */
export function layerVersionArn(layer: LayerKey, version: number): string {
  return `${layerArn(layer)}:${version}`;
}

/** What makes two layers the same. */
export function layerKey({ accountId, region, layerName }: LayerKey): string {
  return `${accountId}/${region}/${layerName}`;
}
