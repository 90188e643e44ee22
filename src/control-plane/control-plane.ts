// The control plane's door: Lambda's management operations, joined with what they stand on.
import { type Operation, operation, type RequestContext } from "../model/operation.ts";
import type { QualifiedFunction } from "../model/qualified-function.ts";
import { getAccountSettings } from "./account/get-account-settings.ts";
import { createAlias } from "./aliases/create-alias.ts";
import { deleteAlias } from "./aliases/delete-alias.ts";
import { getAlias } from "./aliases/get-alias.ts";
import { listAliases } from "./aliases/list-aliases.ts";
import { updateAlias } from "./aliases/update-alias.ts";
import { deleteFunctionConcurrency } from "./concurrency/delete-function-concurrency.ts";
import { deleteProvisionedConcurrencyConfig } from "./concurrency/delete-provisioned-concurrency-config.ts";
import { getFunctionConcurrency } from "./concurrency/get-function-concurrency.ts";
import { getProvisionedConcurrencyConfig } from "./concurrency/get-provisioned-concurrency-config.ts";
import { listProvisionedConcurrencyConfigs } from "./concurrency/list-provisioned-concurrency-configs.ts";
import { putFunctionConcurrency } from "./concurrency/put-function-concurrency.ts";
import { putProvisionedConcurrencyConfig } from "./concurrency/put-provisioned-concurrency-config.ts";
import { dropProvisioned, isThere, setProvisioned } from "./concurrency/provisioned-concurrency.ts";
import { deleteFunctionEventInvokeConfig } from "./event-invoke-configs/delete-function-event-invoke-config.ts";
import { getFunctionEventInvokeConfig } from "./event-invoke-configs/get-function-event-invoke-config.ts";
import { listFunctionEventInvokeConfigs } from "./event-invoke-configs/list-function-event-invoke-configs.ts";
import { putFunctionEventInvokeConfig } from "./event-invoke-configs/put-function-event-invoke-config.ts";
import { updateFunctionEventInvokeConfig } from "./event-invoke-configs/update-function-event-invoke-config.ts";
import { createFunction } from "./functions/create-function.ts";
import { deleteFunction } from "./functions/delete-function.ts";
import { getFunction, getFunctionConfiguration } from "./functions/get-function.ts";
import { listFunctions, listVersionsByFunction } from "./functions/list-functions.ts";
import { reloadLocalCode } from "./functions/reload-local-code.ts";
import { publishVersion } from "./functions/publish-version.ts";
import { settle } from "./functions/settle.ts";
import { sweepCodeRegularly } from "./functions/sweep-code.ts";
import { updateFunctionCode, updateFunctionConfiguration } from "./functions/update-function.ts";
import { addLayerVersionPermission } from "./layers/add-layer-version-permission.ts";
import { deleteLayerVersion } from "./layers/delete-layer-version.ts";
import { getLayerVersion, getLayerVersionByArn } from "./layers/get-layer-version.ts";
import { getLayerVersionPolicy } from "./layers/get-layer-version-policy.ts";
import { listLayerVersions } from "./layers/list-layer-versions.ts";
import { listLayers } from "./layers/list-layers.ts";
import { publishLayerVersion } from "./layers/publish-layer-version.ts";
import { removeLayerVersionPermission } from "./layers/remove-layer-version-permission.ts";
import type { ControlPlaneParts } from "./parts.ts";
import { addPermission } from "./permissions/add-permission.ts";
import { deleteResourcePolicy } from "./permissions/delete-resource-policy.ts";
import { getPolicy } from "./permissions/get-policy.ts";
import { getResourcePolicy } from "./permissions/get-resource-policy.ts";
import { putResourcePolicy } from "./permissions/put-resource-policy.ts";
import { removePermission } from "./permissions/remove-permission.ts";
import { listTags, tagResource, untagResource } from "./tags/tags.ts";

/** Provisioned concurrency as something that is scaled sees it: by the same rules as clients' own requests. */
export interface ScaledProvisioned {
  /** How many are asked for, 0 where none are; undefined where the version or alias is not there. */
  requested(target: QualifiedFunction): number | undefined;
  /** Asks for so many; 0 takes the config away. Throws what PutProvisionedConcurrencyConfig does. */
  set(target: QualifiedFunction, requested: number): Promise<void>;
}

/** The control plane. */
export interface ControlPlane {
  readonly operations: Readonly<Record<string, Operation>>;
  /** For who scales provisioned concurrency on the account's behalf. */
  readonly provisioned: ScaledProvisioned;
  /** Something below a local path has changed: what runs from there runs anew from now on. */
  reload(localPath: string): void;
  /** Publishes everything that is stored; what a crash left unsettled is settled, what nobody uses removed. */
  start(): Promise<void>;
}

/** Joins the operations with their parts. */
export function createControlPlane(parts: ControlPlaneParts): ControlPlane {
  const on = <Input, Output extends object>(
    handler: (parts: ControlPlaneParts, input: Input, context: RequestContext) => Promise<Output>,
  ): Operation => operation((input: Input, context) => handler(parts, input, context));
  return {
    operations: {
      CreateFunction: on(createFunction),
      PutFunctionEventInvokeConfig: on(putFunctionEventInvokeConfig),
      UpdateFunctionEventInvokeConfig: on(updateFunctionEventInvokeConfig),
      GetFunctionEventInvokeConfig: on(getFunctionEventInvokeConfig),
      DeleteFunctionEventInvokeConfig: on(deleteFunctionEventInvokeConfig),
      ListFunctionEventInvokeConfigs: on(listFunctionEventInvokeConfigs),
      GetFunction: on(getFunction),
      GetFunctionConfiguration: on(getFunctionConfiguration),
      UpdateFunctionCode: on(updateFunctionCode),
      UpdateFunctionConfiguration: on(updateFunctionConfiguration),
      ListFunctions: on(listFunctions),
      ListVersionsByFunction: on(listVersionsByFunction),
      DeleteFunction: on(deleteFunction),
      PublishVersion: on(publishVersion),
      CreateAlias: on(createAlias),
      GetAlias: on(getAlias),
      UpdateAlias: on(updateAlias),
      DeleteAlias: on(deleteAlias),
      ListAliases: on(listAliases),
      PutFunctionConcurrency: on(putFunctionConcurrency),
      GetFunctionConcurrency: on(getFunctionConcurrency),
      DeleteFunctionConcurrency: on(deleteFunctionConcurrency),
      PutProvisionedConcurrencyConfig: on(putProvisionedConcurrencyConfig),
      GetProvisionedConcurrencyConfig: on(getProvisionedConcurrencyConfig),
      ListProvisionedConcurrencyConfigs: on(listProvisionedConcurrencyConfigs),
      DeleteProvisionedConcurrencyConfig: on(deleteProvisionedConcurrencyConfig),
      PublishLayerVersion: on(publishLayerVersion),
      GetLayerVersion: on(getLayerVersion),
      GetLayerVersionByArn: on(getLayerVersionByArn),
      ListLayers: on(listLayers),
      ListLayerVersions: on(listLayerVersions),
      DeleteLayerVersion: on(deleteLayerVersion),
      AddLayerVersionPermission: on(addLayerVersionPermission),
      GetLayerVersionPolicy: on(getLayerVersionPolicy),
      RemoveLayerVersionPermission: on(removeLayerVersionPermission),
      AddPermission: on(addPermission),
      RemovePermission: on(removePermission),
      GetPolicy: on(getPolicy),
      PutResourcePolicy: on(putResourcePolicy),
      GetResourcePolicy: on(getResourcePolicy),
      DeleteResourcePolicy: on(deleteResourcePolicy),
      TagResource: on(tagResource),
      UntagResource: on(untagResource),
      ListTags: on(listTags),
      GetAccountSettings: on(getAccountSettings),
    },
    provisioned: scaledProvisioned(parts),
    reload: (localPath) => reloadLocalCode(parts, localPath),
    start: () => publishStored(parts),
  };
}

/** Publishes all that is stored. */
async function publishStored(parts: ControlPlaneParts): Promise<void> {
  for (const alias of await parts.aliases.all()) parts.publication.publishAlias(alias);
  for (const version of await parts.functions.all()) {
    parts.publication.publish(version);
    if (version.state.state === "Pending" || version.lastUpdate.status === "InProgress") void settle(parts, version);
  }
  for (const settings of await parts.concurrency.all()) parts.publication.publishConcurrency(settings, settings);
  for (const { target, policy } of await parts.resourcePolicies.all())
    parts.publication.publishResourcePolicy(target, target.qualifier, policy);
  for (const { target, config } of await parts.eventInvokeConfigs.all())
    parts.publication.publishEventInvokeConfig(target, target.qualifier, config);
  // Only now is everything published that uses a package.
  sweepCodeRegularly(parts);
}

function scaledProvisioned(parts: ControlPlaneParts): ScaledProvisioned {
  return {
    requested(target) {
      if (!isThere(parts, target)) return undefined;
      return parts.publication.concurrency(target).provisioned.get(target.qualifier) ?? 0;
    },
    async set(target, requested) {
      if (requested === 0) await parts.serially(target, () => dropProvisioned(parts, target));
      else await setProvisioned(parts, target, requested);
    },
  };
}
