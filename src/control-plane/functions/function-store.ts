// The only SQL about functions and their versions. Versions are sealed whole, since their settings hold secrets.
import type { Generated, Kysely } from "kysely";
import type { Deployment, FunctionSettings, FunctionVersion } from "../../model/function-version.ts";
import { functionKey } from "../../model/function-version.ts";
import type { Seal } from "../../store/seal.ts";
import { columnsOf, type Key, type KeyColumns, keyIn } from "../key-columns.ts";

/** The tables of this part. */
export interface FunctionTables {
  functions: KeyColumns & { next_version: Generated<number>; tags: string };
  function_versions: KeyColumns & { version: string; sealed: Uint8Array };
}

/** What is remembered of functions. */
export interface FunctionStore {
  /** Every version of every function, for the catalogue at start. */
  all(): Promise<FunctionVersion[]>;
  create(version: FunctionVersion, tags: Readonly<Record<string, string>>): Promise<void>;
  put(version: FunctionVersion): Promise<void>;
  /** Takes the next version number: never given twice, not even after a deletion. */
  publish(make: (version: string) => FunctionVersion, key: Key): Promise<FunctionVersion>;
  remove(key: Key, version?: string): Promise<void>;
  tags(key: Key): Promise<Readonly<Record<string, string>>>;
  setTags(key: Key, tags: Readonly<Record<string, string>>): Promise<void>;
  reset(): Promise<void>;
}

/** As it was stored: before there were layers, without any. */
type Stored<Of extends Deployment> = Omit<Of, "settings" | "previous"> & {
  readonly settings: Omit<FunctionSettings, "layers"> & Partial<Pick<FunctionSettings, "layers">>;
  readonly previous?: Stored<Deployment>;
};

const settingsOf = ({ settings }: Pick<Stored<Deployment>, "settings">): FunctionSettings => ({
  layers: [],
  ...settings,
});

function read(unsealed: Buffer): FunctionVersion {
  const { previous, ...stored } = JSON.parse(unsealed.toString()) as Stored<FunctionVersion>;
  const version = { ...stored, settings: settingsOf(stored) };
  return previous === undefined ? version : { ...version, previous: { ...previous, settings: settingsOf(previous) } };
}

type TagStore = Pick<FunctionStore, "tags" | "setTags">;

/** Tags belong to the function, not to a version. */
function createTagStore(db: Kysely<FunctionTables>): TagStore {
  return {
    async tags(key) {
      const found = await db
        .selectFrom("functions")
        .select("tags")
        .where((it) => it.and(columnsOf(key)))
        .executeTakeFirst();
      return JSON.parse(found?.tags ?? "{}") as Record<string, string>;
    },
    async setTags(key, tags) {
      await db
        .updateTable("functions")
        .set({ tags: JSON.stringify(tags) })
        .where((it) => it.and(columnsOf(key)))
        .execute();
    },
  };
}

/** The store over a database that has been migrated. */
export function createFunctionStore(db: Kysely<FunctionTables>, seal: Seal): FunctionStore {
  const contextOf = (key: Key, version: string): string => `function:${functionKey(key)}:${version}`;
  const row = (it: FunctionVersion) => ({
    ...columnsOf(it),
    version: it.version,
    sealed: seal.seal(Buffer.from(JSON.stringify(it)), contextOf(it, it.version)),
  });
  const put = async (on: Kysely<FunctionTables>, it: FunctionVersion): Promise<void> => {
    const values = row(it);
    await on
      .insertInto("function_versions")
      .values(values)
      .onConflict((conflict) => conflict.doUpdateSet({ sealed: values.sealed }))
      .execute();
  };
  return {
    async all() {
      const rows = await db.selectFrom("function_versions").selectAll().execute();
      return rows.map((it) => {
        const key = keyIn(it);
        return read(seal.open(it.sealed, contextOf(key, it.version)));
      });
    },
    create: (version, tags) =>
      db.transaction().execute(async (on) => {
        await on
          .insertInto("functions")
          .values({ ...columnsOf(version), next_version: 1, tags: JSON.stringify(tags) })
          .execute();
        await put(on, version);
      }),
    put: (version) => put(db, version),
    publish: (make, key) =>
      db.transaction().execute(async (on) => {
        const found = await on
          .updateTable("functions")
          .set((it) => ({ next_version: it("next_version", "+", 1) }))
          .where((it) => it.and(columnsOf(key)))
          .returning("next_version")
          .executeTakeFirstOrThrow();
        const version = make(String(found.next_version - 1));
        await put(on, version);
        return version;
      }),
    async remove(key, version) {
      if (version === undefined)
        await db
          .deleteFrom("functions")
          .where((it) => it.and(columnsOf(key)))
          .execute();
      else
        await db
          .deleteFrom("function_versions")
          .where((it) => it.and({ ...columnsOf(key), version }))
          .execute();
    },
    ...createTagStore(db),
    async reset() {
      await db.deleteFrom("functions").execute();
    },
  };
}
