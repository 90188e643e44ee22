// Rules of aliases: their names, what they may point to, and how AWS shows them. Pure.
import type { AliasConfiguration, AliasRoutingConfiguration } from "@aws-sdk/client-lambda";
import type { Alias } from "../../model/alias.ts";
import { functionArn } from "../../model/function-arn.ts";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import { asFraction, type Constraint } from "../../model/validation.ts";

/** Source: API reference, CreateAlias: a number would be taken for a version. */
const NAME_PATTERN = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)";

/** What a request says of an alias. */
export interface GivenAlias {
  readonly Name?: string | undefined;
  readonly FunctionVersion?: string | undefined;
  readonly Description?: string | undefined;
  readonly RoutingConfig?: AliasRoutingConfiguration | undefined;
}

/** The version that an alias points to, or by which aliases are looked for. */
export function versionConstraint(value: string | undefined, required: boolean): Constraint {
  return { name: "functionVersion", value, required, pattern: "(\\$LATEST|[0-9]+)", length: [1, 1024] };
}

/** An alias's name. */
export function nameConstraint(value: string | undefined): Constraint {
  return { name: "name", value, required: true, pattern: NAME_PATTERN, length: [1, 128] };
}

/** The constraints on all that a creation or an update may say. */
export function aliasConstraints(given: GivenAlias, operation: "create" | "update"): readonly Constraint[] {
  const weights = Object.entries(given.RoutingConfig?.AdditionalVersionWeights ?? {});
  return [
    nameConstraint(given.Name),
    versionConstraint(given.FunctionVersion, operation === "create"),
    { name: "description", value: given.Description, length: [0, 256] },
    {
      name: "routingConfig.additionalVersionWeights",
      value: Object.fromEntries(weights.map(([version, share]) => [version, asFraction(share)])),
      keyPattern: "[0-9]+",
      keyLength: [1, 1024],
      fractionRange: [0, 1],
    },
  ];
}

/** The shares that a request gives; undefined where it says nothing of them. */
export function givenRouting(given: GivenAlias): Readonly<Record<string, number>> | undefined {
  return given.RoutingConfig === undefined ? undefined : { ...given.RoutingConfig.AdditionalVersionWeights };
}

/** Refuses weights that AWS refuses. Throws InvalidParameterValueException. */
export function checkRouting({ functionVersion, routing }: Pick<Alias, "functionVersion" | "routing">): void {
  const additional = Object.keys(routing);
  if (additional.length > 1) {
    throw invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
  }
  if (additional.includes(functionVersion)) {
    throw invalidParameter(
      `Invalid function version ${functionVersion}. Function version ${functionVersion} is already included in routing configuration.`,
    );
  }
  if (additional.length > 0 && functionVersion === "$LATEST") {
    throw invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
  }
}

/** Every version that an alias may run. */
export function versionsOf(alias: Pick<Alias, "functionVersion" | "routing">): readonly string[] {
  return [alias.functionVersion, ...Object.keys(alias.routing)];
}

/** An alias as AWS shows it. */
export function toAliasConfiguration(alias: Alias): AliasConfiguration {
  const hasWeights = Object.keys(alias.routing).length > 0;
  return {
    AliasArn: functionArn({ ...alias, qualifier: alias.name }),
    Name: alias.name,
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    ...(hasWeights ? { RoutingConfig: { AdditionalVersionWeights: { ...alias.routing } } } : {}),
    RevisionId: alias.revisionId,
  };
}
