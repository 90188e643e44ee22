// The only SQL about concurrency settings. A function that is removed takes them along.
import type { Kysely } from "kysely";
import { type FunctionConcurrency, NO_CONCURRENCY } from "../../model/concurrency.ts";
import { functionKey } from "../../model/function-version.ts";
import { columnsOf, type Key, type KeyColumns, keyIn } from "../key-columns.ts";

/** The tables of this part. */
export interface ConcurrencyTables {
  reserved_concurrency: KeyColumns & { executions: number };
  provisioned_concurrency: KeyColumns & { qualifier: string; executions: number; last_modified: string };
}

/** What is configured on one version or alias. */
export interface ProvisionedConfig {
  readonly qualifier: string;
  readonly requested: number;
  /** `2026-01-01T00:00:00+0000`. */
  readonly lastModified: string;
}

/** What is remembered of concurrency. */
export interface ConcurrencyStore {
  /** The settings of every function that has any, for the catalogue at start. */
  all(): Promise<(FunctionConcurrency & Key)[]>;
  /** `undefined` takes the reservation away. */
  setReserved(key: Key, executions: number | undefined): Promise<void>;
  /** A function's configs, by qualifier. */
  provisioned(key: Key): Promise<ProvisionedConfig[]>;
  putProvisioned(key: Key, config: ProvisionedConfig): Promise<void>;
  removeProvisioned(key: Key, qualifier: string): Promise<void>;
}

/** The store over a database that has been migrated. */
export function createConcurrencyStore(db: Kysely<ConcurrencyTables>): ConcurrencyStore {
  return {
    async all() {
      const found = new Map<string, FunctionConcurrency & Key>();
      const settingsOf = (key: Key): FunctionConcurrency & Key =>
        found.get(functionKey(key)) ?? { ...NO_CONCURRENCY, ...key };
      for (const row of await db.selectFrom("reserved_concurrency").selectAll().execute()) {
        const key = keyIn(row);
        found.set(functionKey(key), { ...settingsOf(key), reserved: row.executions });
      }
      for (const row of await db.selectFrom("provisioned_concurrency").selectAll().execute()) {
        const settings = settingsOf(keyIn(row));
        const provisioned = new Map([...settings.provisioned, [row.qualifier, row.executions]]);
        found.set(functionKey(settings), { ...settings, provisioned });
      }
      return [...found.values()];
    },
    async setReserved(key, executions) {
      if (executions === undefined)
        await db
          .deleteFrom("reserved_concurrency")
          .where((it) => it.and(columnsOf(key)))
          .execute();
      else
        await db
          .insertInto("reserved_concurrency")
          .values({ ...columnsOf(key), executions })
          .onConflict((conflict) => conflict.doUpdateSet({ executions }))
          .execute();
    },
    async provisioned(key) {
      const found = db.selectFrom("provisioned_concurrency").where((it) => it.and(columnsOf(key)));
      return await found
        .select(["qualifier", "executions as requested", "last_modified as lastModified"])
        .orderBy("qualifier")
        .execute();
    },
    async putProvisioned(key, { qualifier, requested, lastModified }) {
      const state = { executions: requested, last_modified: lastModified };
      await db
        .insertInto("provisioned_concurrency")
        .values({ ...columnsOf(key), qualifier, ...state })
        .onConflict((conflict) => conflict.doUpdateSet(state))
        .execute();
    },
    async removeProvisioned(key, qualifier) {
      await db
        .deleteFrom("provisioned_concurrency")
        .where((it) => it.and({ ...columnsOf(key), qualifier }))
        .execute();
    },
  };
}
