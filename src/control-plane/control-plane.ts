// The control plane's door: Lambda's management operations, joined with what they stand on.
import { type Operation, operation, type RequestContext } from "../model/operation.ts";
import { getAccountSettings } from "./account/get-account-settings.ts";
import { createAlias } from "./aliases/create-alias.ts";
import { deleteAlias } from "./aliases/delete-alias.ts";
import { getAlias } from "./aliases/get-alias.ts";
import { listAliases } from "./aliases/list-aliases.ts";
import { updateAlias } from "./aliases/update-alias.ts";
import { createFunction } from "./functions/create-function.ts";
import { deleteFunction } from "./functions/delete-function.ts";
import { getFunction, getFunctionConfiguration } from "./functions/get-function.ts";
import { listFunctions, listVersionsByFunction } from "./functions/list-functions.ts";
import { publishVersion } from "./functions/publish-version.ts";
import { settle } from "./functions/settle.ts";
import { sweepCodeRegularly } from "./functions/sweep-code.ts";
import { updateFunctionCode, updateFunctionConfiguration } from "./functions/update-function.ts";
import type { ControlPlaneParts } from "./parts.ts";
import { listTags, tagResource, untagResource } from "./tags/tags.ts";

/** The control plane. */
export interface ControlPlane {
  readonly operations: Readonly<Record<string, Operation>>;
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
      TagResource: on(tagResource),
      UntagResource: on(untagResource),
      ListTags: on(listTags),
      GetAccountSettings: on(getAccountSettings),
    },
    async start() {
      for (const alias of await parts.aliases.all()) parts.publication.publishAlias(alias);
      for (const version of await parts.functions.all()) {
        parts.publication.publish(version);
        if (version.state.state === "Pending" || version.lastUpdate.status === "InProgress")
          void settle(parts, version);
      }
      // Only now is everything published that uses a package.
      sweepCodeRegularly(parts);
    },
  };
}
