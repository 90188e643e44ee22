// An alias: a name that points to one published version, or spreads over two by weight. Plain data, the same in every part.

/** An alias as the control plane publishes it. */
export interface Alias {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  readonly name: string;
  /** The version that it points to: a number, or `$LATEST`. */
  readonly functionVersion: string;
  readonly description: string;
  /** Shares, in [0, 1], of other versions; `functionVersion` has the rest. Empty: it has all. */
  readonly routing: Readonly<Record<string, number>>;
  /** Changes with every change of the alias. */
  readonly revisionId: string;
}

/**
 * Which version an invocation of an alias runs.
 * @param random in [0, 1), drawn anew for every invocation
 */
export function routedVersion(alias: Alias, random: number): string {
  let rest = random;
  for (const [version, share] of Object.entries(alias.routing)) {
    if (rest < share) return version;
    rest -= share;
  }
  return alias.functionVersion;
}
