// The only SQL about aliases. A function that is removed takes its aliases along.
import type { Kysely } from "kysely";
import type { Alias } from "../../model/alias.ts";
import { columnsOf, type Key, type KeyColumns, keyIn } from "../key-columns.ts";

/** The tables of this part. */
export interface AliasTables {
  aliases: KeyColumns & {
    name: string;
    function_version: string;
    description: string;
    /** JSON. */
    routing: string;
    revision_id: string;
  };
}

/** What is remembered of aliases. */
export interface AliasStore {
  /** Every alias of every function, for the catalogue at start. */
  all(): Promise<Alias[]>;
  put(alias: Alias): Promise<void>;
  remove(key: Key, name: string): Promise<void>;
}

/** The store over a database that has been migrated. */
export function createAliasStore(db: Kysely<AliasTables>): AliasStore {
  return {
    async all() {
      const rows = await db.selectFrom("aliases").selectAll().execute();
      return rows.map((it) => ({
        ...keyIn(it),
        name: it.name,
        functionVersion: it.function_version,
        description: it.description,
        routing: JSON.parse(it.routing) as Record<string, number>,
        revisionId: it.revision_id,
      }));
    },
    async put(alias) {
      const state = {
        function_version: alias.functionVersion,
        description: alias.description,
        routing: JSON.stringify(alias.routing),
        revision_id: alias.revisionId,
      };
      await db
        .insertInto("aliases")
        .values({ ...columnsOf(alias), name: alias.name, ...state })
        .onConflict((conflict) => conflict.doUpdateSet(state))
        .execute();
    },
    async remove(key, name) {
      await db
        .deleteFrom("aliases")
        .where((it) => it.and({ ...columnsOf(key), name }))
        .execute();
    },
  };
}
