// What a side's parts have had of CPU while it worked: read before and after each of its turns, and told for one request.
import { cpuMs, cpuMsBelow, hearthProcesses } from "./proc.ts";
import { median, rounded } from "./report/row.ts";
import type { BareServer } from "./yardsticks/bare-server.ts";

const MICROSECONDS_PER_MILLISECOND = 1_000;

/** The milliseconds that each part has had since it began. */
export type ReadCpu = () => Readonly<Record<string, number>>;

/** A Hearth as it can be read. */
interface Readable {
  readonly hearth: { readonly supervisor: { readonly pid?: number | undefined } };
  readonly cgroup: string;
}

/** Reads before and after. */
export interface CpuMeter {
  /** Some work that is so many requests. */
  during<Result>(requests: number, work: () => Promise<Result>): Promise<Result>;
  /** Microseconds a request by part, medians of all that was measured; `all` of them together. */
  microseconds(): Readonly<Record<string, number>>;
}

const sum = (values: readonly number[]): number => values.reduce((total, it) => total + it, 0);
const client = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / MICROSECONDS_PER_MILLISECOND;
};

/** The parts of a Hearth, and this process, which asks. */
export const cpuOfHearth = ({ hearth, cgroup }: Readable): ReadCpu => {
  const { services, worker } = hearthProcesses(hearth.supervisor.pid ?? 0);
  return () => ({
    client: client(),
    services: sum(services.map(cpuMs)),
    worker: sum(worker.map(cpuMs)),
    environments: cpuMsBelow(cgroup),
  });
};

/** The first process of a yardstick, the second, all behind it, and this process. */
export const cpuOfBare =
  ({ pids: [first = 0, second = 0, ...others] }: BareServer): ReadCpu =>
  () => ({
    client: client(),
    first: cpuMs(first),
    second: cpuMs(second),
    ...(others.length === 0 ? {} : { others: sum(others.map(cpuMs)) }),
  });

/** This process, and those that it has started and that have ended. */
export const cpuOfOwn: ReadCpu = () => ({ own: cpuMs(process.pid) });

/** A meter of one side. */
export function createCpuMeter(read: ReadCpu): CpuMeter {
  const each = new Map<string, number[]>();
  return {
    async during(requests, work) {
      const before = read();
      const result = await work();
      for (const [part, ms] of Object.entries(read())) {
        const took = ((ms - (before[part] ?? 0)) * MICROSECONDS_PER_MILLISECOND) / requests;
        each.set(part, [...(each.get(part) ?? []), took]);
      }
      return result;
    },
    microseconds() {
      const parts = [...each].map(([part, values]) => [part, rounded(median(values))] as const);
      return { ...Object.fromEntries(parts), all: rounded(sum(parts.map(([, it]) => it))) };
    },
  };
}
