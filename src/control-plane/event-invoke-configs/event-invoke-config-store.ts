// The only SQL about event invoke configs. A function that is removed takes them along.
import type { Kysely } from "kysely";
import type { EventInvokeConfig } from "../../model/event-invoke-config.ts";
import type { QualifiedFunction } from "../../model/qualified-function.ts";
import { columnsOf, type KeyColumns, keyIn } from "../key-columns.ts";

/** The tables of this part. */
export interface EventInvokeConfigTables {
  event_invoke_configs: KeyColumns & {
    qualifier: string;
    /** JSON of the config. */
    config: string;
  };
}

/** What is remembered of event invoke configs. */
export interface EventInvokeConfigStore {
  /** Every config, for the catalogue at start. */
  all(): Promise<readonly { readonly target: QualifiedFunction; readonly config: EventInvokeConfig }[]>;
  put(target: QualifiedFunction, config: EventInvokeConfig): Promise<void>;
  remove(target: QualifiedFunction): Promise<void>;
}

const columns = ({ qualifier, ...key }: QualifiedFunction) => ({ ...columnsOf(key), qualifier });

function configIn(text: string): EventInvokeConfig {
  const found = JSON.parse(text) as Partial<EventInvokeConfig> & Pick<EventInvokeConfig, "lastModifiedMs">;
  const { maximumRetryAttempts, maximumEventAgeSeconds, onSuccess, onFailure, lastModifiedMs } = found;
  return { maximumRetryAttempts, maximumEventAgeSeconds, onSuccess, onFailure, lastModifiedMs };
}

/** The store over a database that has been migrated. */
export function createEventInvokeConfigStore(db: Kysely<EventInvokeConfigTables>): EventInvokeConfigStore {
  return {
    async all() {
      const rows = await db.selectFrom("event_invoke_configs").selectAll().execute();
      return rows.map((it) => ({ target: { ...keyIn(it), qualifier: it.qualifier }, config: configIn(it.config) }));
    },
    async put(target, config) {
      const text = JSON.stringify(config);
      await db
        .insertInto("event_invoke_configs")
        .values({ ...columns(target), config: text })
        .onConflict((conflict) => conflict.doUpdateSet({ config: text }))
        .execute();
    },
    async remove(target) {
      await db
        .deleteFrom("event_invoke_configs")
        .where((it) => it.and(columns(target)))
        .execute();
    },
  };
}
