// The catalogue: every function version in memory, as last published by the control plane. Invokes read nothing else.
import { type FunctionVersion, functionKey } from "../../model/function-version.ts";

interface Key {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
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
  remove(key: Key, version?: string): void;
  /** Every content that some version needs. */
  codeInUse(): ReadonlySet<string>;
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

/** An empty catalogue. */
export function createCatalogue(): Catalogue {
  const functions = new Map<string, Map<string, Entry>>();
  const entry = (key: Key, version: string): Entry | undefined => functions.get(functionKey(key))?.get(version);
  return {
    get: (key, version) => entry(key, version)?.shown,
    runnable: (key, version) => entry(key, version)?.runnable,
    versions(key) {
      const all = [...(functions.get(functionKey(key))?.values() ?? [])].map((it) => it.shown);
      return all.sort((a, b) => order(a.version) - order(b.version));
    },
    functions(accountId, region) {
      const prefix = `${accountId}/${region}/`;
      const latest = [...functions].flatMap(([name, versions]) => {
        const found = name.startsWith(prefix) ? versions.get("$LATEST") : undefined;
        return found === undefined ? [] : [found.shown];
      });
      return latest.sort((a, b) => (a.functionName < b.functionName ? -1 : 1));
    },
    publish(version) {
      const key = functionKey(version);
      const versions = functions.get(key) ?? new Map<string, Entry>();
      functions.set(key, versions);
      const runnable = isSettled(version) ? version : (versions.get(version.version)?.runnable ?? before(version));
      versions.set(version.version, { shown: version, runnable });
    },
    remove(key, version) {
      if (version === undefined) functions.delete(functionKey(key));
      else functions.get(functionKey(key))?.delete(version);
    },
    codeInUse: () =>
      new Set(
        [...functions.values()].flatMap((versions) =>
          [...versions.values()].flatMap((it) => [
            it.shown.code.sha256,
            it.runnable?.code.sha256 ?? it.shown.code.sha256,
          ]),
        ),
      ),
    clear: () => functions.clear(),
  };
}
