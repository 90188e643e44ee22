// hearth status: which parts are ready, which workers and environments there are.
import { ask, type Command, endpoint, parse, print } from "./command.ts";

interface Health {
  readonly status: string;
  readonly workers: readonly { readonly workerId: string; readonly driver: string; readonly isolation: string }[];
  readonly environments: readonly {
    readonly environmentId: string;
    readonly deploymentId: string;
    readonly isIdle: boolean;
  }[];
}

export const status: Command = {
  about: "says whether Hearth runs, with its workers and environments",
  usage: "hearth status [--json]",
  async run(args) {
    const { values } = parse(args);
    const health = (await (await ask(`${endpoint(args)}/_hearth/health`)).json()) as Health;
    const lines = [
      `Hearth is ${health.status} at ${endpoint(args)}`,
      ...health.workers.map((it) => `worker ${it.workerId}: ${it.driver} (${it.isolation})`),
      ...health.environments.map(
        (it) => `environment ${it.environmentId}: ${it.isIdle ? "idle" : "busy"}, ${it.deploymentId}`,
      ),
    ];
    print(values["json"], health, lines.join("\n"));
    return health.status === "ready" ? 0 : 1;
  },
};
