// The only SQL about layers. A layer outlives its versions, so that no number is given twice.
import type { Generated, Kysely } from "kysely";
import type { LayerKey, LayerVersion } from "../../model/layer.ts";

/** The tables of this part. */
export interface LayerTables {
  layers: { account_id: string; region: string; layer_name: string; next_version: Generated<number> };
  layer_versions: {
    account_id: string;
    region: string;
    layer_name: string;
    version: number;
    /** JSON. */
    record: string;
  };
}

/** What is remembered of layers. */
export interface LayerStore {
  get(key: LayerKey, version: number): Promise<LayerVersion | undefined>;
  /** Every version of a layer, the newest first. */
  versions(key: LayerKey): Promise<LayerVersion[]>;
  /** Every version of every layer of an account in a region: by name, each one's newest first. */
  all(accountId: string, region: string): Promise<LayerVersion[]>;
  /** Takes the next version number: never given twice, not even after a deletion. */
  publish(make: (version: number) => LayerVersion, key: LayerKey): Promise<LayerVersion>;
  /** Replaces a version that is there. */
  put(version: LayerVersion): Promise<void>;
  remove(key: LayerKey, version: number): Promise<void>;
  /** The SHA-256 of every version's content. */
  contents(): Promise<readonly string[]>;
  reset(): Promise<void>;
}

const columns = (key: LayerKey) => ({
  account_id: key.accountId,
  region: key.region,
  layer_name: key.layerName,
});
const read = ({ record }: { readonly record: string }): LayerVersion => JSON.parse(record) as LayerVersion;

type LayerReading = Pick<LayerStore, "get" | "versions" | "all" | "contents">;

function createReading(db: Kysely<LayerTables>): LayerReading {
  const versions = db.selectFrom("layer_versions").select("record");
  return {
    async get(key, version) {
      const found = await versions.where((it) => it.and({ ...columns(key), version })).executeTakeFirst();
      return found === undefined ? undefined : read(found);
    },
    async versions(key) {
      const found = await versions
        .where((it) => it.and(columns(key)))
        .orderBy("version", "desc")
        .execute();
      return found.map(read);
    },
    async all(accountId, region) {
      const found = await versions
        .where((it) => it.and({ account_id: accountId, region }))
        .orderBy("layer_name")
        .orderBy("version", "desc")
        .execute();
      return found.map(read);
    },
    contents: async () => (await versions.execute()).map((it) => read(it).content.sha256),
  };
}

/** The store over a database that has been migrated. */
export function createLayerStore(db: Kysely<LayerTables>): LayerStore {
  return {
    ...createReading(db),
    publish: (make, key) =>
      db.transaction().execute(async (on) => {
        const { next_version } = await on
          .insertInto("layers")
          .values({ ...columns(key), next_version: 2 })
          .onConflict((conflict) => conflict.doUpdateSet((it) => ({ next_version: it("layers.next_version", "+", 1) })))
          .returning("next_version")
          .executeTakeFirstOrThrow();
        const version = make(next_version - 1);
        await on
          .insertInto("layer_versions")
          .values({ ...columns(key), version: version.version, record: JSON.stringify(version) })
          .execute();
        return version;
      }),
    async put(version) {
      await db
        .updateTable("layer_versions")
        .set({ record: JSON.stringify(version) })
        .where((it) => it.and({ ...columns(version), version: version.version }))
        .execute();
    },
    async remove(key, version) {
      await db
        .deleteFrom("layer_versions")
        .where((it) => it.and({ ...columns(key), version }))
        .execute();
    },
    async reset() {
      await db.deleteFrom("layers").execute();
    },
  };
}
