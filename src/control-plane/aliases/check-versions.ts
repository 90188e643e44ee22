// Whether the versions that an alias is to point to are there.
import type { Alias } from "../../model/alias.ts";
import { functionArn } from "../../model/function-arn.ts";
import { functionNotFound } from "../../model/lambda-exceptions.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { versionsOf } from "./alias-rules.ts";

/** Throws ResourceNotFoundException for the first that is missing. */
export function checkVersions(parts: ControlPlaneParts, alias: Alias): void {
  for (const qualifier of versionsOf(alias)) {
    if (parts.publication.get(alias, qualifier) === undefined) {
      throw functionNotFound(functionArn({ ...alias, qualifier }));
    }
  }
}
