// The command `hearth`: finds the command by its name and ends with its exit code (0 fine, 1 failed, 2 wrongly called).
import { messageOf } from "../foundation/fault.ts";
import type { Command } from "./command.ts";
import { config } from "./config.ts";
import { doctor } from "./doctor.ts";
import { invoke } from "./invoke.ts";
import { logs } from "./logs.ts";
import { reset } from "./reset.ts";
import { runtimes } from "./runtimes.ts";
import { status } from "./status.ts";

const commands: Readonly<Record<string, Command>> = { status, doctor, config, invoke, logs, runtimes, reset };

function help(): string {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`);
  return `hearth: AWS Lambda on your own machines\n\n  start    sets up and runs in the foreground until Ctrl-C or SIGTERM\n${lines.join("\n")}\n\nhearth COMMAND --help tells more. Settings: hearth config.\n`;
}

const [name, ...args] = process.argv.slice(2);
const command = name === undefined ? undefined : commands[name];
if (name === undefined || name === "--help" || name === "help") {
  process.stdout.write(help());
} else if (command === undefined) {
  process.stderr.write(`hearth: no command named ${name}\n\n${help()}`);
  process.exitCode = 2;
} else if (args.includes("--help")) {
  process.stdout.write(`${command.usage}\n\n${command.about}\n`);
} else {
  try {
    process.exitCode = await command.run(args);
  } catch (error) {
    process.stderr.write(`hearth: ${messageOf(error)}\n`);
    process.exitCode = error instanceof TypeError && "code" in error ? 2 : 1;
  }
}
