// The only SQL about images: which manifests a repository has, and which tags stand for which.
import type { Kysely } from "kysely";
import type { KnownManifest } from "./unused-images.ts";

/** The tables of this part. */
export interface RegistryTables {
  registry_manifests: {
    repository: string;
    digest: string;
    media_type: string;
    content: Uint8Array;
    /** When it was last pushed. */
    pushed_at_ms: number;
  };
  registry_tags: { repository: string; tag: string; digest: string };
}

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

const isDigest = (version: string): boolean => version.startsWith("sha256:");

/** What is remembered of images. */
export interface RegistryStore {
  /** By tag or digest. */
  find(repository: string, version: string): Promise<StoredManifest | undefined>;
  put(
    repository: string,
    manifest: StoredManifest & { readonly pushedAtMs: number },
    tag: string | undefined,
  ): Promise<void>;
  /** Every manifest. */
  all(): Promise<readonly KnownManifest[]>;
  /** A manifest, unless it has got a tag or was pushed after then. */
  removeUntagged(repository: string, digest: string, pushedAfterMs: number): Promise<void>;
  /** A tag, or a manifest with its tags. False where there is none. */
  remove(repository: string, version: string): Promise<boolean>;
  tags(repository: string): Promise<readonly string[]>;
  repositories(): Promise<readonly string[]>;
  reset(): Promise<void>;
}

/** The store over a database that has the tables. */
export function createRegistryStore(db: Kysely<RegistryTables>): RegistryStore {
  return {
    find: (repository, version) => find(db, repository, version),
    put: (repository, manifest, tag) => put(db, repository, manifest, tag),
    all: () => all(db),
    remove: (repository, version) => remove(db, repository, version),
    async removeUntagged(repository, digest, pushedAfterMs) {
      await db
        .deleteFrom("registry_manifests")
        .where((it) => it.and({ repository, digest }))
        .where("pushed_at_ms", "<=", pushedAfterMs)
        .where((it) =>
          it.not(
            it.exists(
              tagsOf(db).where("registry_tags.digest", "=", digest).where("registry_tags.repository", "=", repository),
            ),
          ),
        )
        .execute();
    },
    async tags(repository) {
      const ofRepository = db.selectFrom("registry_tags").select("tag").where("repository", "=", repository);
      return (await ofRepository.orderBy("tag").execute()).map((it) => it.tag);
    },
    async repositories() {
      const all = db.selectFrom("registry_manifests").select("repository").distinct();
      return (await all.orderBy("repository").execute()).map((it) => it.repository);
    },
    async reset() {
      await db.deleteFrom("registry_tags").execute();
      await db.deleteFrom("registry_manifests").execute();
    },
  };
}

async function find(
  db: Kysely<RegistryTables>,
  repository: string,
  version: string,
): Promise<StoredManifest | undefined> {
  const tagged = db.selectFrom("registry_tags").select("digest").where("repository", "=", repository);
  const digest = isDigest(version) ? version : (await tagged.where("tag", "=", version).executeTakeFirst())?.digest;
  if (digest === undefined) return undefined;
  const found = await db
    .selectFrom("registry_manifests")
    .select(["media_type", "content"])
    .where("repository", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
  return found && { digest, mediaType: found.media_type, content: Buffer.from(found.content) };
}

async function put(
  db: Kysely<RegistryTables>,
  repository: string,
  { digest, mediaType, content, pushedAtMs }: StoredManifest & { readonly pushedAtMs: number },
  tag: string | undefined,
): Promise<void> {
  await db.transaction().execute(async (change) => {
    await change
      .insertInto("registry_manifests")
      .values({ repository, digest, media_type: mediaType, content, pushed_at_ms: pushedAtMs })
      .onConflict((it) =>
        it.columns(["repository", "digest"]).doUpdateSet({ media_type: mediaType, pushed_at_ms: pushedAtMs }),
      )
      .execute();
    if (tag === undefined) return;
    await change
      .insertInto("registry_tags")
      .values({ repository, tag, digest })
      .onConflict((it) => it.columns(["repository", "tag"]).doUpdateSet({ digest }))
      .execute();
  });
}

async function remove(db: Kysely<RegistryTables>, repository: string, version: string): Promise<boolean> {
  return await db.transaction().execute(async (change) => {
    const tags = change.deleteFrom("registry_tags").where("repository", "=", repository);
    const column = isDigest(version) ? "digest" : "tag";
    const gone = await tags.where(column, "=", version).executeTakeFirst();
    if (!isDigest(version)) return gone.numDeletedRows > 0n;
    const manifests = change.deleteFrom("registry_manifests").where("repository", "=", repository);
    return (await manifests.where("digest", "=", version).executeTakeFirst()).numDeletedRows > 0n;
  });
}

const tagsOf = (db: Kysely<RegistryTables>) => db.selectFrom("registry_tags").select("registry_tags.tag");

async function all(db: Kysely<RegistryTables>): Promise<readonly KnownManifest[]> {
  const tagged = await db.selectFrom("registry_tags").select(["repository", "digest"]).distinct().execute();
  const isTagged = new Set(tagged.map((it) => `${it.repository}@${it.digest}`));
  const found = await db.selectFrom("registry_manifests").selectAll().execute();
  return found.map(({ repository, digest, content, pushed_at_ms: pushedAtMs }) => ({
    repository,
    digest,
    content: Buffer.from(content),
    pushedAtMs,
    isTagged: isTagged.has(`${repository}@${digest}`),
  }));
}
