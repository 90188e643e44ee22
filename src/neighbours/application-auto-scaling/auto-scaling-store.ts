// The only SQL about scaling. What is scaled stands in a row of JSON; a target takes its policies and actions along.
import { type Kysely, sql } from "kysely";
import type { ScalableResource, ScalingScope } from "./scalable-resource.ts";
import type { ScalableTarget, ScalingActivity, ScalingPolicy, ScheduledAction } from "./scaling-records.ts";

interface ResourceColumns {
  account_id: string;
  region: string;
  resource_id: string;
}

/** The tables of this part. */
export interface AutoScalingTables {
  scalable_targets: ResourceColumns & { record: string };
  scaling_policies: ResourceColumns & { name: string; record: string };
  scheduled_actions: ResourceColumns & { name: string; record: string };
  scaling_activities: ResourceColumns & { id: string; started_at_ms: number; record: string };
}

/** What has a name at a resource. */
export interface NamedStore<T> {
  /** Of a place by name, or of all places. */
  all(scope?: ScalingScope): Promise<T[]>;
  put(record: T): Promise<void>;
  remove(record: T): Promise<void>;
}

/** What is remembered of scaling. */
export interface AutoScalingStore {
  targets(scope?: ScalingScope): Promise<ScalableTarget[]>;
  target(resource: ScalableResource): Promise<ScalableTarget | undefined>;
  putTarget(target: ScalableTarget): Promise<void>;
  removeTarget(resource: ScalableResource): Promise<void>;
  readonly policies: NamedStore<ScalingPolicy>;
  readonly actions: NamedStore<ScheduledAction>;
  /** The newest first. */
  activities(scope?: ScalingScope): Promise<ScalingActivity[]>;
  /** A new one, or another state of one; the oldest beyond the bound go, and those before `forgetBeforeMs`. */
  putActivity(activity: ScalingActivity, forgetBeforeMs: number): Promise<void>;
  reset(): Promise<void>;
}

/** Activities that are kept, of all accounts together. */
const ACTIVITIES_MAX = 10_000;

const columns = ({ accountId, region, resourceId }: ScalableResource): ResourceColumns => ({
  account_id: accountId,
  region,
  resource_id: resourceId,
});
const inScope = (scope: ScalingScope | undefined): Partial<ResourceColumns> =>
  scope === undefined ? {} : { account_id: scope.accountId, region: scope.region };
const parse = <T>(rows: readonly { readonly record: string }[]): T[] => rows.map((it) => JSON.parse(it.record) as T);

function createNamedStore<T extends ScalableResource & { readonly name: string }>(
  db: Kysely<AutoScalingTables>,
  table: "scaling_policies" | "scheduled_actions",
): NamedStore<T> {
  return {
    async all(scope) {
      const found = db.selectFrom(table).where((it) => it.and(inScope(scope)));
      return parse<T>(await found.select("record").orderBy("resource_id").orderBy("name").execute());
    },
    async put(it) {
      const record = JSON.stringify(it);
      await db
        .insertInto(table)
        .values({ ...columns(it), name: it.name, record })
        .onConflict((conflict) => conflict.doUpdateSet({ record }))
        .execute();
    },
    async remove(it) {
      await db
        .deleteFrom(table)
        .where((row) => row.and({ ...columns(it), name: it.name }))
        .execute();
    },
  };
}

type ActivityStore = Pick<AutoScalingStore, "activities" | "putActivity">;

function createActivityStore(db: Kysely<AutoScalingTables>): ActivityStore {
  return {
    async activities(scope) {
      const found = db.selectFrom("scaling_activities").where((it) => it.and(inScope(scope)));
      const ordered = found.orderBy("started_at_ms", "desc").orderBy(sql`rowid`, "desc");
      return parse<ScalingActivity>(await ordered.select("record").execute());
    },
    async putActivity(it, forgetBeforeMs) {
      const record = JSON.stringify(it);
      await db
        .insertInto("scaling_activities")
        .values({ ...columns(it), id: it.id, started_at_ms: it.startedAtMs, record })
        .onConflict((conflict) => conflict.doUpdateSet({ record }))
        .execute();
      const newest = db.selectFrom("scaling_activities").select("id").orderBy("started_at_ms", "desc");
      await db
        .deleteFrom("scaling_activities")
        .where((row) =>
          row.or([
            row("started_at_ms", "<", forgetBeforeMs),
            row("id", "not in", newest.orderBy(sql`rowid`, "desc").limit(ACTIVITIES_MAX)),
          ]),
        )
        .execute();
    },
  };
}

/** The store over a database that has been migrated. */
export function createAutoScalingStore(db: Kysely<AutoScalingTables>): AutoScalingStore {
  return {
    async targets(scope) {
      const found = db.selectFrom("scalable_targets").where((it) => it.and(inScope(scope)));
      return parse<ScalableTarget>(await found.select("record").orderBy("resource_id").execute());
    },
    async target(resource) {
      const found = db.selectFrom("scalable_targets").where((it) => it.and({ ...columns(resource) }));
      return parse<ScalableTarget>(await found.select("record").execute())[0];
    },
    async putTarget(target) {
      const record = JSON.stringify(target);
      await db
        .insertInto("scalable_targets")
        .values({ ...columns(target), record })
        .onConflict((conflict) => conflict.doUpdateSet({ record }))
        .execute();
    },
    async removeTarget(resource) {
      await db
        .deleteFrom("scalable_targets")
        .where((it) => it.and({ ...columns(resource) }))
        .execute();
    },
    policies: createNamedStore<ScalingPolicy>(db, "scaling_policies"),
    actions: createNamedStore<ScheduledAction>(db, "scheduled_actions"),
    ...createActivityStore(db),
    async reset() {
      await db.deleteFrom("scalable_targets").execute();
      await db.deleteFrom("scaling_activities").execute();
    },
  };
}
