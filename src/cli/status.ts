// hearth status: which parts are ready, which workers and environments there are.
import { ask, type Command, endpoint, print } from "./command.ts";
import { paint } from "./terminal.ts";

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly workers: readonly { readonly workerId: string; readonly driver: string; readonly isolation: string }[];
  readonly environments: readonly {
    readonly environmentId: string;
    readonly deploymentId: string;
    readonly isIdle: boolean;
  }[];
}

export const status: Command = {
  about: "says whether Hearth runs, with its workers and environments; exit code 1 when it is not ready",
  usage: "hearth status",
  options: {},
  async run(given) {
    const url = endpoint(given.args);
    const health = (await (await ask(`${url}/_hearth/health`)).json()) as Health;
    const isReady = health.status === "ready";
    const waiting = Object.entries(health.parts).filter(([, it]) => it !== "ready");
    const lines = [
      `Hearth is ${paint(health.status, isReady ? "green" : "yellow")} at ${url}`,
      ...waiting.map(([part, it]) => `${part}: ${it}`),
      ...health.workers.map((it) => `worker ${it.workerId}: ${it.driver} (${it.isolation})`),
      ...health.environments.map(
        (it) => `environment ${it.environmentId}: ${it.isIdle ? "idle" : "busy"}, ${it.deploymentId}`,
      ),
    ];
    print(given, health, lines.join("\n"));
    return isReady ? 0 : 1;
  },
};
