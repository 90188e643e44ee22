// A queue that is nothing but SQLite: rows put in and taken out in groups, each group on disk before the next.
import { DatabaseSync } from "node:sqlite";

/** Puts so many rows of these bytes in and takes them out again, so many in a transaction; gives the milliseconds. */
export function sqliteQueueMs(
  file: string,
  of: { readonly count: number; readonly group: number; readonly bytes: Buffer },
): number {
  const { count, group, bytes } = of;
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  database.exec("CREATE TABLE IF NOT EXISTS queue (id TEXT PRIMARY KEY, due_ms INTEGER, bytes BLOB)");
  const insert = database.prepare("INSERT INTO queue VALUES (?, ?, ?)");
  const select = database.prepare("SELECT bytes FROM queue WHERE id = ?");
  const remove = database.prepare("DELETE FROM queue WHERE id = ?");
  const inGroups = (run: (id: string) => void): void => {
    for (let at = 0; at < count; at += group) {
      database.exec("BEGIN");
      for (let index = at; index < Math.min(count, at + group); index++) run(`event-${index}`);
      database.exec("COMMIT");
    }
  };
  const startedMs = performance.now();
  inGroups((id) => void insert.run(id, 0, bytes));
  inGroups((id) => {
    select.get(id);
    remove.run(id);
  });
  const tookMs = performance.now() - startedMs;
  database.close();
  return tookMs;
}
