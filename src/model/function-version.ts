// A function version: everything that determines how its code runs. Plain data, the same in every part.
import { functionArn } from "./function-arn.ts";
import type { FunctionLayer } from "./layer.ts";

/** Where a version stands in its life, with AWS's words. */
export type FunctionState =
  | { readonly state: "Pending" }
  | { readonly state: "Active" }
  | { readonly state: "Failed"; readonly reason: string; readonly reasonCode: string };

/** How the last change of $LATEST went. */
export type LastUpdate =
  | { readonly status: "Successful" }
  | { readonly status: "InProgress" }
  | { readonly status: "Failed"; readonly reason: string; readonly reasonCode: string };

/** What a client may set on a function. Quantities as AWS counts them: its "MB" are MiB. */
export interface FunctionSettings {
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly ephemeralStorageMiB: number;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string>> | undefined;
  readonly tracingMode: string;
  readonly logFormat: string;
  readonly applicationLogLevel: string | undefined;
  readonly systemLogLevel: string | undefined;
  readonly logGroup: string;
  /** In the order in which they are merged: later ones over earlier ones. */
  readonly layers: readonly FunctionLayer[];
  /** Whether published versions are initialised ahead and restored: SnapStart. undefined: no. */
  readonly snapStart?: "PublishedVersions" | undefined;
  /** Of a container image alone. */
  readonly imageConfig?: ImageSettings | undefined;
}

/** The package that a version runs. */
export interface FunctionCode {
  /** Base64, as AWS gives it. */
  readonly sha256: string;
  readonly bytes: number;
  /** A directory of this machine that is run where it lies; the hash then is of its name. undefined: a package. */
  readonly localPath?: string | undefined;
  /** A container image; the hash then is of its manifest, in hexadecimal. undefined: a package. */
  readonly image?: ImageName | undefined;
}

/** A container image by the name that it was given, and what that stood for. */
export interface ImageName {
  readonly uri: string;
  /** `sha256:…`; undefined before anybody has looked. */
  readonly digest: string | undefined;
}

/** What of an image's own configuration a function has otherwise. */
export interface ImageSettings {
  readonly entryPoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly workingDirectory: string | undefined;
}

/** One version, `$LATEST` or a number. */
export interface FunctionVersion {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  readonly version: string;
  readonly settings: FunctionSettings;
  readonly code: FunctionCode;
  readonly state: FunctionState;
  readonly lastUpdate: LastUpdate;
  /** `2026-01-01T00:00:00.000+0000`. */
  readonly lastModified: string;
  /** Changes with every change of the version, its state too. */
  readonly revisionId: string;
  /** Changes with code and configuration alone. */
  readonly deployment: string;
  /** While an update is in progress, and after one that failed: what runs all the same. */
  readonly previous?: Deployment | undefined;
}

/** What determines how a version runs. */
export type Deployment = Pick<FunctionVersion, "settings" | "code" | "deployment">;

/** Every package, by SHA-256 in base64, that a deployment needs. */
export function packagesOf({ code, settings }: Pick<Deployment, "code" | "settings">): readonly string[] {
  const layers = settings.layers.map((it) => it.sha256);
  return code.localPath === undefined && code.image === undefined ? [code.sha256, ...layers] : layers;
}

/** Digests of the images that a version runs, through an update the one before it too. */
export function imagesOf({ code, previous }: Pick<FunctionVersion, "code" | "previous">): readonly string[] {
  return [code.image?.digest, previous?.code.image?.digest].filter((it) => it !== undefined);
}

/** What makes two versions the same function to the data plane. */
export function functionKey(it: { accountId: string; region: string; functionName: string }): string {
  return `${it.accountId}/${it.region}/${it.functionName}`;
}

/** The ARN of a version; `$LATEST` is unqualified, as in AWS's answers. */
export function versionArn(it: FunctionVersion): string {
  return functionArn({ ...it, qualifier: it.version === "$LATEST" ? undefined : it.version });
}

/**
 * Names one immutable state of a version's code and configuration: environments are tied to it. Not by the RevisionId,
 * since that changes with the state and with publishing too, and environments stay as they are then.
 */
export function deploymentId(it: FunctionVersion): string {
  return `${functionKey(it)}:${it.version}@${it.deployment}`;
}

/** Whether environments of a version are restored from what was initialised ahead. */
export function isRestored({ version, settings }: Pick<FunctionVersion, "version" | "settings">): boolean {
  return version !== "$LATEST" && settings.snapStart === "PublishedVersions";
}
