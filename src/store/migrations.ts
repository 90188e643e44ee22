// The tables' history. A released migration is never edited; a change is a new one at the end.
import { type Kysely, type Migration, Migrator } from "kysely";

/** A database holds the tables of one of these; together they are one history. `functions` has all but logs and events. */
export type TableSet = "functions" | "logs" | "events";

const migrations: Record<`${number}-${TableSet}`, Migration> = {
  "0001-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("functions")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("function_name", "text", (column) => column.notNull())
        .addColumn("next_version", "integer", (column) => column.notNull())
        .addColumn("tags", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("functions_key", ["account_id", "region", "function_name"])
        .execute();
      await db.schema
        .createTable("function_versions")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("function_name", "text", (column) => column.notNull())
        .addColumn("version", "text", (column) => column.notNull())
        // Sealed JSON of the whole version: settings hold environment variables, which are never stored in the clear.
        .addColumn("sealed", "blob", (column) => column.notNull())
        .addPrimaryKeyConstraint("function_versions_key", ["account_id", "region", "function_name", "version"])
        .addForeignKeyConstraint(
          "function_versions_function",
          ["account_id", "region", "function_name"],
          "functions",
          ["account_id", "region", "function_name"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
    },
  },
  "0002-logs": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("log_groups")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("created_at_ms", "integer", (column) => column.notNull())
        .addColumn("retention_days", "integer")
        .addColumn("tags", "text", (column) => column.notNull())
        .addUniqueConstraint("log_groups_name", ["account_id", "region", "name"])
        .execute();
      await db.schema
        .createTable("log_streams")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("group_id", "integer", (column) => column.notNull().references("log_groups.id").onDelete("cascade"))
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("created_at_ms", "integer", (column) => column.notNull())
        .addColumn("first_event_ms", "integer")
        .addColumn("last_event_ms", "integer")
        .addColumn("last_ingested_ms", "integer")
        .addColumn("bytes", "integer", (column) => column.notNull())
        .addUniqueConstraint("log_streams_name", ["group_id", "name"])
        .execute();
      await db.schema
        .createTable("log_batches")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("group_id", "integer", (column) => column.notNull())
        .addColumn("stream_id", "integer", (column) =>
          column.notNull().references("log_streams.id").onDelete("cascade"),
        )
        .addColumn("first_ms", "integer", (column) => column.notNull())
        .addColumn("last_ms", "integer", (column) => column.notNull())
        .addColumn("ingested_at_ms", "integer", (column) => column.notNull())
        .addColumn("event_count", "integer", (column) => column.notNull())
        .addColumn("bytes", "integer", (column) => column.notNull())
        .addColumn("events", "text", (column) => column.notNull())
        .execute();
      const index = (name: string, columns: string[]) =>
        db.schema.createIndex(name).on("log_batches").columns(columns).execute();
      await index("log_batches_of_group", ["group_id", "first_ms", "id"]);
      await index("log_batches_of_stream", ["stream_id", "first_ms"]);
      await index("log_batches_backward", ["stream_id", "last_ms"]);
    },
  },
  "0003-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("aliases")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("function_name", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("function_version", "text", (column) => column.notNull())
        .addColumn("description", "text", (column) => column.notNull())
        // JSON: the share of each additional version.
        .addColumn("routing", "text", (column) => column.notNull())
        .addColumn("revision_id", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("aliases_key", ["account_id", "region", "function_name", "name"])
        .addForeignKeyConstraint(
          "aliases_function",
          ["account_id", "region", "function_name"],
          "functions",
          ["account_id", "region", "function_name"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
    },
  },
  "0004-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("reserved_concurrency")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("function_name", "text", (column) => column.notNull())
        .addColumn("executions", "integer", (column) => column.notNull())
        .addPrimaryKeyConstraint("reserved_concurrency_key", ["account_id", "region", "function_name"])
        .addForeignKeyConstraint(
          "reserved_concurrency_function",
          ["account_id", "region", "function_name"],
          "functions",
          ["account_id", "region", "function_name"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
      await db.schema
        .createTable("provisioned_concurrency")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("function_name", "text", (column) => column.notNull())
        .addColumn("qualifier", "text", (column) => column.notNull())
        .addColumn("executions", "integer", (column) => column.notNull())
        .addColumn("last_modified", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("provisioned_concurrency_key", ["account_id", "region", "function_name", "qualifier"])
        .addForeignKeyConstraint(
          "provisioned_concurrency_function",
          ["account_id", "region", "function_name"],
          "functions",
          ["account_id", "region", "function_name"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
    },
  },
  "0005-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("granted_quotas")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("quota_code", "text", (column) => column.notNull())
        .addColumn("value", "real", (column) => column.notNull())
        .addPrimaryKeyConstraint("granted_quotas_key", ["account_id", "region", "quota_code"])
        .execute();
      await db.schema
        .createTable("quota_requests")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("quota_code", "text", (column) => column.notNull())
        .addColumn("desired_value", "real", (column) => column.notNull())
        .addColumn("requester_arn", "text", (column) => column.notNull())
        .addColumn("created_at_ms", "integer", (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex("quota_requests_of_account")
        .on("quota_requests")
        .columns(["account_id", "region", "created_at_ms"])
        .execute();
    },
  },
  "0006-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("scalable_targets")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("resource_id", "text", (column) => column.notNull())
        .addColumn("record", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("scalable_targets_key", ["account_id", "region", "resource_id"])
        .execute();
      await db.schema
        .createTable("scaling_policies")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("resource_id", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("record", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("scaling_policies_key", ["account_id", "region", "resource_id", "name"])
        .addForeignKeyConstraint(
          "scaling_policies_target",
          ["account_id", "region", "resource_id"],
          "scalable_targets",
          ["account_id", "region", "resource_id"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
      await db.schema
        .createTable("scheduled_actions")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("resource_id", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("record", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("scheduled_actions_key", ["account_id", "region", "resource_id", "name"])
        .addForeignKeyConstraint(
          "scheduled_actions_target",
          ["account_id", "region", "resource_id"],
          "scalable_targets",
          ["account_id", "region", "resource_id"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
      await db.schema
        .createTable("scaling_activities")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("resource_id", "text", (column) => column.notNull())
        .addColumn("started_at_ms", "integer", (column) => column.notNull())
        .addColumn("record", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex("scaling_activities_by_time")
        .on("scaling_activities")
        .columns(["started_at_ms"])
        .execute();
    },
  },
  "0007-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("layers")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("layer_name", "text", (column) => column.notNull())
        .addColumn("next_version", "integer", (column) => column.notNull())
        .addPrimaryKeyConstraint("layers_key", ["account_id", "region", "layer_name"])
        .execute();
      await db.schema
        .createTable("layer_versions")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("layer_name", "text", (column) => column.notNull())
        .addColumn("version", "integer", (column) => column.notNull())
        // JSON of the whole version, its policy too.
        .addColumn("record", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("layer_versions_key", ["account_id", "region", "layer_name", "version"])
        .addForeignKeyConstraint(
          "layer_versions_layer",
          ["account_id", "region", "layer_name"],
          "layers",
          ["account_id", "region", "layer_name"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
    },
  },
  "0008-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("registry_manifests")
        .addColumn("repository", "text", (column) => column.notNull())
        .addColumn("digest", "text", (column) => column.notNull())
        .addColumn("media_type", "text", (column) => column.notNull())
        .addColumn("content", "blob", (column) => column.notNull())
        .addPrimaryKeyConstraint("registry_manifests_key", ["repository", "digest"])
        .execute();
      await db.schema
        .createTable("registry_tags")
        .addColumn("repository", "text", (column) => column.notNull())
        .addColumn("tag", "text", (column) => column.notNull())
        .addColumn("digest", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("registry_tags_key", ["repository", "tag"])
        .execute();
    },
  },
  "0009-events": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("queued_events")
        // Never given twice: what is remembered of one event is not another's.
        .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
        .addColumn("function_key", "text", (column) => column.notNull())
        .addColumn("due_ms", "integer", (column) => column.notNull())
        .addColumn("failures", "integer", (column) => column.notNull())
        .addColumn("refusals", "integer", (column) => column.notNull())
        // The event as it was accepted.
        .addColumn("sealed", "blob", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("queued_events_due").on("queued_events").column("due_ms").execute();
    },
  },
  "0010-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("event_invoke_configs")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("function_name", "text", (column) => column.notNull())
        .addColumn("qualifier", "text", (column) => column.notNull())
        .addColumn("config", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("event_invoke_configs_key", ["account_id", "region", "function_name", "qualifier"])
        .addForeignKeyConstraint(
          "event_invoke_configs_function",
          ["account_id", "region", "function_name"],
          "functions",
          ["account_id", "region", "function_name"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
    },
  },
  "0011-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable("resource_policies")
        .addColumn("account_id", "text", (column) => column.notNull())
        .addColumn("region", "text", (column) => column.notNull())
        .addColumn("function_name", "text", (column) => column.notNull())
        .addColumn("qualifier", "text", (column) => column.notNull())
        .addColumn("policy", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("resource_policies_key", ["account_id", "region", "function_name", "qualifier"])
        .addForeignKeyConstraint(
          "resource_policies_function",
          ["account_id", "region", "function_name"],
          "functions",
          ["account_id", "region", "function_name"],
          (constraint) => constraint.onDelete("cascade"),
        )
        .execute();
    },
  },
  "0012-functions": {
    async up(db: Kysely<never>) {
      await db.schema
        .alterTable("registry_manifests")
        .addColumn("pushed_at_ms", "integer", (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
};

/** Brings the database to the newest form; does nothing where it is there already. Throws what went wrong. */
export async function migrate<Tables>(db: Kysely<Tables>, tables: TableSet): Promise<void> {
  const own = Object.fromEntries(Object.entries(migrations).filter(([name]) => name.endsWith(`-${tables}`)));
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(own) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error("the migration failed", { cause: error });
}
