// Which version a request means, and whether it can run now.
import { functionNotFound, resourceConflict } from "../../model/lambda-exceptions.ts";
import { routedVersion } from "../../model/alias.ts";
import type { FunctionVersion } from "../../model/function-version.ts";
import type { ResolvedAddress } from "../../model/resolve-address.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";

/** The version as the API shows it: of an alias, one by its weights. Throws ResourceNotFoundException. */
export function chooseVersion(catalogue: Catalogue, address: ResolvedAddress, random: () => number): FunctionVersion {
  const { qualifier = "$LATEST" } = address;
  const alias = address.qualifier === undefined ? undefined : catalogue.alias(address, qualifier);
  const version = alias === undefined ? qualifier : routedVersion(alias, random());
  const shown = catalogue.get(address, version);
  if (shown === undefined) throw functionNotFound(address.arn);
  return shown;
}

/** The same as it runs. Throws ResourceConflictException, too. */
export function chooseRunnable(catalogue: Catalogue, address: ResolvedAddress, random: () => number): FunctionVersion {
  const shown = chooseVersion(catalogue, address, random);
  const runnable = catalogue.runnable(address, shown.version);
  if (runnable === undefined) {
    throw resourceConflict(
      `The operation cannot be performed at this time. The function is currently in the following state: ${shown.state.state}`,
    );
  }
  return runnable;
}
