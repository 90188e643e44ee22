// What the control plane's operations stand on, as they declare it; main passes the real things in.
import type { Clock } from "../foundation/clock.ts";
import type { Serially } from "../foundation/serially.ts";
import type { AccountLimits } from "../model/account-limits.ts";
import type { Alias } from "../model/alias.ts";
import type { FunctionConcurrency, ProvisionedStatus } from "../model/concurrency.ts";
import type { EventInvokeConfig } from "../model/event-invoke-config.ts";
import type { FunctionVersion } from "../model/function-version.ts";
import { functionNotFound, preconditionFailed, resourceConflict } from "../model/lambda-exceptions.ts";
import type { LayerKey } from "../model/layer.ts";
import type { ServiceException } from "../model/operation.ts";
import type { ResolvedAddress } from "../model/resolve-address.ts";
import type { BlobStore } from "../store/blob-store.ts";
import type { AliasStore } from "./aliases/alias-store.ts";
import type { ConcurrencyStore } from "./concurrency/concurrency-store.ts";
import type { EventInvokeConfigStore } from "./event-invoke-configs/event-invoke-config-store.ts";
import type { FunctionStore } from "./functions/function-store.ts";
import type { ResourcePolicyStore } from "./permissions/resource-policy-store.ts";
import type { LayerStore } from "./layers/layer-store.ts";

interface Key {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
}

/** Where versions, aliases and concurrency settings are published to, and read back from without touching the disk. */
export interface Publication {
  get(key: Key, version: string): FunctionVersion | undefined;
  versions(key: Key): readonly FunctionVersion[];
  functions(accountId: string, region: string): readonly FunctionVersion[];
  /** Every version of every account's functions. */
  allVersions(): readonly FunctionVersion[];
  publish(version: FunctionVersion): void;
  /** Removes one version, or the function with all that belongs to it. */
  remove(key: Key, version?: string): void;
  alias(key: Key, name: string): Alias | undefined;
  /** Every alias of a function, by name. */
  aliases(key: Key): readonly Alias[];
  publishAlias(alias: Alias): void;
  removeAlias(key: Key, name: string): void;
  /** What a function has of the account's pool. */
  concurrency(key: Key): FunctionConcurrency;
  publishConcurrency(key: Key, concurrency: FunctionConcurrency): void;
  /** How asynchronous invocations of a version or alias are handled; undefined: as by default. */
  eventInvokeConfig(key: Key, qualifier: string): EventInvokeConfig | undefined;
  /** Every config of a function, by qualifier. */
  eventInvokeConfigs(key: Key): readonly { readonly qualifier: string; readonly value: EventInvokeConfig }[];
  /** `undefined` takes it away. */
  publishEventInvokeConfig(key: Key, qualifier: string, config: EventInvokeConfig | undefined): void;
  /** The resource-based policy of a version or alias, or of the function (`$LATEST`): JSON; undefined: none. */
  resourcePolicy(key: Key, qualifier: string): string | undefined;
  /** `undefined` takes it away. */
  publishResourcePolicy(key: Key, qualifier: string, policy: string | undefined): void;
  /** Every package, by SHA-256 in base64, that some version needs. */
  codeInUse(): ReadonlySet<string>;
}

/** Whether a runtime can run on the workers; may take as long as fetching it takes. */
export type PrepareRuntime = (version: FunctionVersion) => Promise<
  | { readonly ready: true; readonly imageDigest?: string | undefined }
  | {
      readonly ready: false;
      readonly reason: string;
      /** Unless its runtime or image is what could not be had. */
      readonly reasonCode?: "FunctionError";
    }
>;

/** What IAM has to say of policies before they are stored. */
export interface PolicyRules {
  /** What is wrong with a resource's policy, in words; undefined: nothing. */
  problemOf(policy: string): string | undefined;
  /** Whether AddPermission can grant something to it. */
  isPrincipal(text: string): boolean;
}

/** How far the environments of a config have come; undefined where nothing has been begun yet. */
export type ReadProvisionedStatus = (key: Key, qualifier: string) => ProvisionedStatus | undefined;

/** The control plane's surroundings. */
export interface ControlPlaneParts {
  readonly functions: FunctionStore;
  readonly aliases: AliasStore;
  readonly layers: LayerStore;
  readonly concurrency: ConcurrencyStore;
  readonly eventInvokeConfigs: EventInvokeConfigStore;
  readonly resourcePolicies: ResourcePolicyStore;
  readonly code: BlobStore;
  /** What an image's name stands for in Hearth's own registry. */
  readonly ownImage: (uri: string) => Promise<{ readonly digest: string } | "missing" | "elsewhere">;
  /** Directories of this machine that code may be run from where it lies. */
  readonly localCode: readonly string[];
  readonly publication: Publication;
  readonly limits: AccountLimits;
  readonly provisionedStatus: ReadProvisionedStatus;
  readonly prepareRuntime: PrepareRuntime;
  readonly policyRules: PolicyRules;
  readonly clock: Clock;
  /** A URL from which a package can be fetched for ten minutes. */
  readonly codeLocation: (sha256: string, endpoint: string) => string;
  /** Told of what went wrong where no client waits for the answer. */
  readonly onFault: (error: unknown) => void;
  /** Runs changes of one function one after the other. */
  readonly serially: Serially<Key>;
  /** Runs changes of one layer's versions one after the other. */
  readonly changingLayer: Serially<LayerKey>;
}

/** `2026-01-01T00:00:00.000+0000`, the form of FunctionConfiguration's LastModified. */
export function lastModified(nowMs: number): string {
  return new Date(nowMs).toISOString().replace("Z", "+0000");
}

/** The version that a qualifier means, by number or alias; undefined where there is none. */
export function meant({ publication }: ControlPlaneParts, key: Key, qualifier: string): FunctionVersion | undefined {
  return publication.get(key, publication.alias(key, qualifier)?.functionVersion ?? qualifier);
}

/** The version that a request means. Throws ResourceNotFoundException. */
export function existing(parts: ControlPlaneParts, address: ResolvedAddress): FunctionVersion {
  const found = meant(parts, address, address.qualifier ?? "$LATEST");
  if (found === undefined) throw functionNotFound(address.arn);
  return found;
}

/** The refusal of what a function's state does not allow. */
export function inState(state: string): ServiceException {
  return resourceConflict(
    `The operation cannot be performed at this time. The function is currently in the following state: ${state}`,
  );
}

/** Refuses a change while another is under way, or against an outdated RevisionId. */
export function checkChangeable(latest: FunctionVersion, revisionId: string | undefined, arn: string): void {
  if (latest.state.state === "Pending") throw inState("Pending");
  if (latest.lastUpdate.status === "InProgress") {
    throw resourceConflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
    );
  }
  if (revisionId !== undefined && revisionId !== latest.revisionId) throw preconditionFailed();
}
