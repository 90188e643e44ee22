// The command `hearth`: finds the command by its name and ends with its exit code (0 fine, 1 failed, 2 wrongly called).
import { messageOf } from "../foundation/fault.ts";
import { type Command, helpOf, parse } from "./command.ts";

/** Loaded when called: what one command stands on takes the others a noticeable time. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./start.ts")).start,
  stop: async () => (await import("./stop.ts")).stop,
  status: async () => (await import("./status.ts")).status,
  doctor: async () => (await import("./doctor.ts")).doctor,
  config: async () => (await import("./config.ts")).config,
  invoke: async () => (await import("./invoke.ts")).invoke,
  debug: async () => (await import("./debug.ts")).debug,
  environments: async () => (await import("./environments.ts")).environments,
  logs: async () => (await import("./logs.ts")).logs,
  drain: async () => (await import("./drain.ts")).drain,
  runtimes: async () => (await import("./runtimes.ts")).runtimes,
  reset: async () => (await import("./reset.ts")).reset,
  simulate: async () => (await import("./simulate.ts")).simulate,
  welcome: async () => (await import("./welcome.ts")).welcome,
};

async function help(): Promise<string> {
  const all = await Promise.all(
    Object.entries(commands).map(async ([it, load]) => [it, (await load()).about] as const),
  );
  const lines = all.map(([it, about]) => `  ${it.padEnd(12)} ${about}`);
  return `hearth: AWS Lambda on your own machines\n\n${lines.join("\n")}\n\nhearth COMMAND --help tells more. Settings: hearth config.\n`;
}

async function call(load: () => Promise<Command>, args: readonly string[]): Promise<number> {
  const command = await load();
  if (args.includes("--help")) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  try {
    return await command.run(parse(command, args));
  } catch (error) {
    process.stderr.write(`hearth: ${messageOf(error)}\n`);
    return error instanceof TypeError && "code" in error ? 2 : 1;
  }
}

// Whoever reads may have seen enough: `hearth logs f -f | head -1`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const [name, ...args] = process.argv.slice(2);
const command = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
if (name === undefined || name === "--help" || name === "help") {
  process.stdout.write(await help());
} else if (command === undefined) {
  process.stderr.write(`hearth: no command named ${name}\n\n${await help()}`);
  process.exitCode = 2;
} else process.exitCode = await call(command, args);
