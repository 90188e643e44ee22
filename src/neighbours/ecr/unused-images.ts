// Which images nobody needs any more. Pure.
import { namedBy } from "./manifest.ts";

/** A manifest as the sweep sees it. */
export interface KnownManifest {
  readonly repository: string;
  readonly digest: string;
  readonly content: Buffer;
  readonly pushedAtMs: number;
  readonly isTagged: boolean;
}

/** What keeps a manifest beside its tags. */
export interface Keeping {
  /** Digests that functions run. */
  readonly inUse: ReadonlySet<string>;
  /** What was pushed since then is kept: its tag, or the index that it is for, may be on its way. */
  readonly pushedAfterMs: number;
}

/** Those that no tag, no function and no kept index of their repository names. */
export function unusedManifests(all: readonly KnownManifest[], keeping: Keeping): readonly KnownManifest[] {
  const placeOf = (repository: string, digest: string): string => `${repository}@${digest}`;
  const byPlace = new Map(all.map((it) => [placeOf(it.repository, it.digest), it]));
  const isRoot = ({ digest, isTagged, pushedAtMs }: KnownManifest): boolean =>
    isTagged || pushedAtMs > keeping.pushedAfterMs || keeping.inUse.has(digest);
  const kept = new Set<KnownManifest>(all.filter(isRoot));
  // Grows while it is walked: an index keeps what it names.
  for (const { repository, content } of kept)
    for (const digest of namedBy(content)?.manifests ?? []) {
      const found = byPlace.get(placeOf(repository, digest));
      if (found !== undefined) kept.add(found);
    }
  return all.filter((it) => !kept.has(it));
}

/** The hashes, in hexadecimal, of all blobs that these name. */
export function blobsOf(manifests: readonly Pick<KnownManifest, "content">[]): ReadonlySet<string> {
  const digests = manifests.flatMap(({ content }) => namedBy(content)?.blobs ?? []);
  return new Set(digests.map((it) => it.replace(/^sha256:/u, "")));
}
