// The tables' history. A released migration is never edited; a change is a new one at the end.
import { type Kysely, type Migration, Migrator } from "kysely";

const migrations: Record<string, Migration> = {
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
        .addUniqueConstraint("log_groups_name", ["account_id", "region", "name"])
        .execute();
      await db.schema
        .createTable("log_streams")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("group_id", "integer", (column) => column.notNull().references("log_groups.id").onDelete("cascade"))
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("created_at_ms", "integer", (column) => column.notNull())
        .addUniqueConstraint("log_streams_name", ["group_id", "name"])
        .execute();
      await db.schema
        .createTable("log_events")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("stream_id", "integer", (column) =>
          column.notNull().references("log_streams.id").onDelete("cascade"),
        )
        .addColumn("timestamp_ms", "integer", (column) => column.notNull())
        .addColumn("ingested_at_ms", "integer", (column) => column.notNull())
        .addColumn("message", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex("log_events_by_time")
        .on("log_events")
        .columns(["stream_id", "timestamp_ms", "id"])
        .execute();
    },
  },
};

/** Brings the database to the newest form; does nothing where it is there already. Throws what went wrong. */
export async function migrate<Tables>(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error("the migration failed", { cause: error });
}
