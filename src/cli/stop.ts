// hearth stop: ends the Hearth of a data directory as Ctrl-C would, and waits until it has ended.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { run } from "../foundation/subprocess.ts";
import { readSettings } from "../main/settings.ts";
import { type Command, print } from "./command.ts";
import { withProgress } from "./terminal.ts";

/** Above what services and worker give what is under way. */
const WAIT_MS_MAX = 60_000;
const LOOK_EVERY_MS = 50;

/** A process's command line; empty when there is no such process. */
async function commandLine(pid: number): Promise<string> {
  const file = `/proc/${pid}/cmdline`;
  if (existsSync("/proc/self/cmdline")) return existsSync(file) ? readFileSync(file, "utf8") : "";
  return (await run("ps", ["-o", "args=", "-p", String(pid)])).stdout;
}

/** Ids are given again: what bears this one may be something else by now. */
async function isSupervisor(pid: number): Promise<boolean> {
  return (await commandLine(pid)).includes("supervisor.sh");
}

function pidIn(data: string): number | undefined {
  const file = join(data, "supervisor.pid");
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  return /^\d{1,10}$/u.test(text) ? Number(text) : undefined;
}

async function ends(pid: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < WAIT_MS_MAX; waitedMs += LOOK_EVERY_MS) {
    if (!(await isSupervisor(pid))) return true;
    await wait(LOOK_EVERY_MS);
  }
  return false;
}

export const stop: Command = {
  about: "stops Hearth and waits until it has ended; exit code 1 when it goes on after a minute",
  usage: "hearth stop [--data DIRECTORY]",
  options: {},
  async run(given) {
    const { data } = readSettings(given.args, process.env);
    const pid = pidIn(data);
    if (pid === undefined || !(await isSupervisor(pid))) {
      print(given, { status: "notRunning" }, `No Hearth runs with its data in ${data}.`);
      return 0;
    }
    process.kill(pid, "SIGTERM");
    const hasEnded = await withProgress("Hearth is ending what is under way", ends(pid));
    print(
      given,
      { status: hasEnded ? "stopped" : "running", pid },
      hasEnded ? "Hearth has stopped." : `Hearth goes on; end it with: kill -KILL ${pid}`,
    );
    return hasEnded ? 0 : 1;
  },
};
