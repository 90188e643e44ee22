// SQLite through Node's own driver, in the shape that Kysely's SQLite dialect asks for.
import { DatabaseSync } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";

const STATEMENTS_MAX = 500;

function prepare(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql);
  type Values = Parameters<typeof statement.all>;
  return {
    reader: statement.columns().length > 0,
    all: (values) => statement.all(...(values as Values)),
    run: (values) => statement.run(...(values as Values)),
    iterate: (values) => statement.iterate(...(values as Values)) as IterableIterator<unknown>,
  };
}

/** Statements are kept by their text: preparing one costs several times what running a small one does. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      const statement = prepare(database, sql);
      // Texts differ by the length of their lists alone, so there are few.
      if (prepared.size >= STATEMENTS_MAX) prepared.clear();
      prepared.set(sql, statement);
      return statement;
    },
  };
}

/**
 * Opens (or makes) a database file; `:memory:` for none. `commit`: what is acknowledged is on disk. `checkpoint`: a
 * process that is killed loses nothing, a machine that loses power the last moments; several times cheaper.
 */
export function openSqlite<Tables>(file: string, durable: "commit" | "checkpoint"): Kysely<Tables> {
  const database = new DatabaseSync(file);
  const synchronous = durable === "commit" ? "FULL" : "NORMAL";
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;`,
  );
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(database) }) });
}
