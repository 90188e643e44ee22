// The only SQL about functions' resource-based policies. A function that is removed takes them along.
import type { Kysely } from "kysely";
import type { QualifiedFunction } from "../../model/qualified-function.ts";
import { columnsOf, type KeyColumns, keyIn } from "../key-columns.ts";

/** The tables of this part. */
export interface ResourcePolicyTables {
  resource_policies: KeyColumns & {
    /** `$LATEST` for the function. */
    qualifier: string;
    /** JSON, as it is shown. */
    policy: string;
  };
}

/** What is remembered of policies. */
export interface ResourcePolicyStore {
  /** Every policy, for the catalogue at start. */
  all(): Promise<readonly { readonly target: QualifiedFunction; readonly policy: string }[]>;
  put(target: QualifiedFunction, policy: string): Promise<void>;
  remove(target: QualifiedFunction): Promise<void>;
}

const columns = ({ qualifier, ...key }: QualifiedFunction) => ({ ...columnsOf(key), qualifier });

/** The store over a database that has been migrated. */
export function createResourcePolicyStore(db: Kysely<ResourcePolicyTables>): ResourcePolicyStore {
  return {
    async all() {
      const rows = await db.selectFrom("resource_policies").selectAll().execute();
      return rows.map((it) => ({ target: { ...keyIn(it), qualifier: it.qualifier }, policy: it.policy }));
    },
    async put(target, policy) {
      await db
        .insertInto("resource_policies")
        .values({ ...columns(target), policy })
        .onConflict((conflict) => conflict.doUpdateSet({ policy }))
        .execute();
    },
    async remove(target) {
      await db
        .deleteFrom("resource_policies")
        .where((it) => it.and(columns(target)))
        .execute();
    },
  };
}
