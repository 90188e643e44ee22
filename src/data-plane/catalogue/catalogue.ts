// The catalogue: versions, aliases and concurrency settings in memory, as last published. Invokes read nothing else.
import type { Alias } from "../../model/alias.ts";
import { type FunctionConcurrency, NO_CONCURRENCY } from "../../model/concurrency.ts";
import { type EventInvokeConfig, UNQUALIFIED } from "../../model/event-invoke-config.ts";
import { parseFunctionAddress } from "../../model/function-arn.ts";
import { deploymentId, type FunctionVersion, functionKey, packagesOf } from "../../model/function-version.ts";
import { ByQualifier } from "./by-qualifier.ts";

interface Key {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
}

/** What one qualifier with provisioned concurrency wants. */
export interface ProvisionedTarget {
  readonly qualifier: string;
  readonly requested: number;
  /** undefined: nothing that could run. */
  readonly version: FunctionVersion | undefined;
}

/** What the data plane knows of functions. */
export interface Catalogue {
  /** A version as the API shows it. */
  get(key: Key, version: string): FunctionVersion | undefined;
  /** A version as it runs: during an update of $LATEST, or after a failed one, still the one before. */
  runnable(key: Key, version: string): FunctionVersion | undefined;
  /** Every version of a function, $LATEST first, then by number. */
  versions(key: Key): readonly FunctionVersion[];
  /** Every function of an account and region, by name. */
  functions(accountId: string, region: string): readonly FunctionVersion[];
  publish(version: FunctionVersion): void;
  /** Removes one version, or the function with all that belongs to it. */
  remove(key: Key, version?: string): void;
  alias(key: Key, name: string): Alias | undefined;
  /** Every alias of a function, by name. */
  aliases(key: Key): readonly Alias[];
  publishAlias(alias: Alias): void;
  removeAlias(key: Key, name: string): void;
  /** Whether new work may run on a deployment. */
  isCurrent(deploymentId: string): boolean;
  /** What a function's qualifiers want ready at all times, and what they run now. */
  provisionedTargets(key: Key): readonly ProvisionedTarget[];
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
  /** The policies that have a say about a function's ARN: its own, and the whole function's, which may speak of it too. */
  resourcePoliciesOf(arn: string): readonly string[];
  /** Every content that some version needs. */
  codeInUse(): ReadonlySet<string>;
  /** Every version of every account's functions, as shown. */
  allVersions(): readonly FunctionVersion[];
  clear(): void;
}

interface Entry {
  readonly shown: FunctionVersion;
  readonly runnable: FunctionVersion | undefined;
}

const isSettled = (it: FunctionVersion): boolean =>
  it.state.state === "Active" && it.lastUpdate.status === "Successful";
/** The version as it was before its update: how it is found after a restart in the midst of one. */
function before(version: FunctionVersion): FunctionVersion | undefined {
  const { previous, ...updating } = version;
  if (previous === undefined) return undefined;
  return { ...updating, ...previous, state: { state: "Active" }, lastUpdate: { status: "Successful" } };
}

const order = (version: string): number => (version === "$LATEST" ? 0 : Number(version));

/** Whether some version runs this deployment: its id is `key:version@deployment`. */
function isCurrent(functions: ReadonlyMap<string, ReadonlyMap<string, Entry>>, deployment: string): boolean {
  const at = deployment.lastIndexOf(":");
  const version = deployment.slice(at + 1, deployment.lastIndexOf("@"));
  const runnable = functions.get(deployment.slice(0, at))?.get(version)?.runnable;
  return runnable !== undefined && deploymentId(runnable) === deployment;
}

/** The functions whose keys begin like this, by name. */
function latestIn(
  functions: ReadonlyMap<string, ReadonlyMap<string, Entry>>,
  prefix: string,
): readonly FunctionVersion[] {
  const latest = [...functions].flatMap(([name, versions]) => {
    const found = name.startsWith(prefix) ? versions.get("$LATEST") : undefined;
    return found === undefined ? [] : [found.shown];
  });
  return latest.sort((a, b) => (a.functionName < b.functionName ? -1 : 1));
}

function codeInUse(functions: ReadonlyMap<string, ReadonlyMap<string, Entry>>): ReadonlySet<string> {
  const entries = [...functions.values()].flatMap((versions) => [...versions.values()]);
  return new Set(entries.flatMap((it) => [...packagesOf(it.shown), ...packagesOf(it.runnable ?? it.shown)]));
}

function resourcePoliciesOf(policies: ByQualifier<string>, arn: string): readonly string[] {
  const { accountId = "", region = "", functionName = "", qualifier } = parseFunctionAddress(arn) ?? {};
  const key = { accountId, region, functionName };
  const own = qualifier === undefined ? undefined : policies.get(key, qualifier);
  const whole = policies.get(key, UNQUALIFIED);
  return [...new Set([own, whole])].filter((it) => it !== undefined);
}

/** An empty catalogue. */
export function createCatalogue(): Catalogue {
  const functions = new Map<string, Map<string, Entry>>();
  const aliases = new ByQualifier<Alias>();
  const concurrencies = new Map<string, FunctionConcurrency>();
  const configs = new ByQualifier<EventInvokeConfig>();
  const policies = new ByQualifier<string>();
  const entry = (key: Key, version: string): Entry | undefined => functions.get(functionKey(key))?.get(version);
  return {
    get: (key, version) => entry(key, version)?.shown,
    runnable: (key, version) => entry(key, version)?.runnable,
    versions(key) {
      const all = [...(functions.get(functionKey(key))?.values() ?? [])].map((it) => it.shown);
      return all.sort((a, b) => order(a.version) - order(b.version));
    },
    functions: (accountId, region) => latestIn(functions, `${accountId}/${region}/`),
    publish(version) {
      const key = functionKey(version);
      const versions = functions.get(key) ?? new Map<string, Entry>();
      functions.set(key, versions);
      const runnable = isSettled(version) ? version : (versions.get(version.version)?.runnable ?? before(version));
      versions.set(version.version, { shown: version, runnable });
    },
    remove(key, version) {
      const name = functionKey(key);
      configs.remove(key, version);
      policies.remove(key, version);
      if (version !== undefined) return void functions.get(name)?.delete(version);
      functions.delete(name);
      aliases.remove(key);
      concurrencies.delete(name);
    },
    alias: (key, name) => aliases.get(key, name),
    aliases: (key) => aliases.list(key).map((it) => it.value),
    publishAlias: (alias) => aliases.publish(alias, alias.name, alias),
    removeAlias: (key, name) => [aliases, configs, policies].forEach((it) => it.remove(key, name)),
    eventInvokeConfig: (key, qualifier) => configs.get(key, qualifier),
    eventInvokeConfigs: (key) => configs.list(key),
    publishEventInvokeConfig: (key, qualifier, config) => configs.publish(key, qualifier, config),
    resourcePolicy: (key, qualifier) => policies.get(key, qualifier),
    publishResourcePolicy: (key, qualifier, policy) => policies.publish(key, qualifier, policy),
    resourcePoliciesOf: (arn) => resourcePoliciesOf(policies, arn),
    concurrency: (key) => concurrencies.get(functionKey(key)) ?? NO_CONCURRENCY,
    isCurrent: (deployment) => isCurrent(functions, deployment),
    provisionedTargets(key) {
      const { provisioned } = concurrencies.get(functionKey(key)) ?? NO_CONCURRENCY;
      const runs = (qualifier: string): string => aliases.get(key, qualifier)?.functionVersion ?? qualifier;
      return [...provisioned].map(([qualifier, requested]) => {
        return { qualifier, requested, version: entry(key, runs(qualifier))?.runnable };
      });
    },
    publishConcurrency: (key, concurrency) => void concurrencies.set(functionKey(key), concurrency),
    allVersions: () => [...functions.values()].flatMap((versions) => [...versions.values()].map((it) => it.shown)),
    codeInUse: () => codeInUse(functions),
    clear() {
      functions.clear();
      aliases.clear();
      concurrencies.clear();
      configs.clear();
      policies.clear();
    },
  };
}
