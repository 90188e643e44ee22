// Writes that come at once are committed together, so that all of them wait for the disk once.
import type { Kysely } from "kysely";
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import { afterIo } from "../../foundation/host.ts";
import type { EventTables, Write } from "./event-store.ts";

/** What one transaction holds at most. */
const WRITES_MAX = 500;

/** Runs a write; resolves with what it gave when it is on disk. */
export type Commit = (write: Write) => Promise<Awaited<ReturnType<Write>>>;

/** The commits of one database. */
export function createGroupCommit(db: Kysely<EventTables>): Commit {
  let waiting: { readonly write: Write; readonly done: Deferred<Awaited<ReturnType<Write>>> }[] = [];
  let isCommitting = false;

  async function commitGroup(): Promise<void> {
    const group = waiting.slice(0, WRITES_MAX);
    waiting = waiting.slice(WRITES_MAX);
    try {
      const given = await db.transaction().execute(async (on) => {
        const all: Awaited<ReturnType<Write>>[] = [];
        for (const { write } of group) all.push(await write(on));
        return all;
      });
      for (const [index, { done }] of group.entries()) done.resolve(given[index]);
    } catch (error) {
      const cause = new Fault("events could not be written", { cause: error });
      for (const { done } of group) done.reject(cause);
    }
  }
  async function commitAll(): Promise<void> {
    while (waiting.length > 0) await commitGroup();
    isCommitting = false;
  }
  return (write) => {
    const done = createDeferred<Awaited<ReturnType<Write>>>();
    waiting.push({ write, done });
    if (!isCommitting) {
      isCommitting = true;
      // What else came with this turn of the event loop goes along.
      afterIo(() => void commitAll());
    }
    return done.promise;
  };
}
