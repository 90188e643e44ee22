// Functions of a running Hearth, and what happens to it: waiting is for events of its feed, with a bound.
import { CreateFunctionCommand, InvokeCommand, type InvokeCommandInput, type Runtime } from "@aws-sdk/client-lambda";
import { active, aZip, role, type RunningHearth } from "../a-hearth.ts";

const WAIT_MS_MAX = 240_000;

/** A function that is active. */
export async function aFunction(
  hearth: RunningHearth,
  FunctionName: string,
  files: Readonly<Record<string, string>>,
  more: { readonly Runtime?: Runtime; readonly Timeout?: number; readonly MemorySize?: number } = {},
): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: more.Runtime ?? "nodejs26.x",
      Handler: "index.handler",
      MemorySize: more.MemorySize ?? 128,
      Timeout: more.Timeout ?? 60,
      Code: { ZipFile: aZip(files) },
    }),
  );
  await active(hearth.lambda, FunctionName);
}

/** What a function answers, parsed. */
export async function invoke(
  hearth: RunningHearth,
  input: Omit<InvokeCommandInput, "Payload"> & { readonly event?: object },
): Promise<unknown> {
  const { event = {}, ...rest } = input;
  const { Payload } = await hearth.lambda.send(new InvokeCommand({ ...rest, Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown;
}

/** An event of the feed. */
export interface ShownEvent {
  readonly sequence: number;
  readonly event: string;
  readonly environmentId?: string;
  readonly [member: string]: unknown;
}

/** The events after a place; with `waitSeconds`, answered as soon as there is one. */
export async function eventsAfter(
  hearth: RunningHearth,
  after: number,
  waitSeconds = 0,
): Promise<{ readonly events: readonly ShownEvent[]; readonly next: number }> {
  const url = `${hearth.endpoint}/_hearth/events?after=${after}&wait=${waitSeconds}`;
  return (await (await fetch(url)).json()) as { events: ShownEvent[]; next: number };
}

/** Looks whenever something has happened, and at least each second, until there is what is looked for. */
export async function eventually<T>(
  hearth: RunningHearth,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const untilMs = performance.now() + WAIT_MS_MAX;
  let after = 0;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > untilMs) throw new Error(`never ${what}:\n${hearth.said()}`);
    // Services that were killed answer nothing for a moment, and their feed begins anew.
    after = await eventsAfter(hearth, after, 1).then(
      ({ next }) => next,
      () => 0,
    );
  }
}

/** Resolves with the events of one kind when there are so many. */
export async function events(hearth: RunningHearth, kind: string, count: number): Promise<readonly ShownEvent[]> {
  return await eventually(hearth, `${count} ${kind}`, async () => {
    const found = (await eventsAfter(hearth, 0)).events.filter((it) => it.event === kind);
    return found.length >= count ? found : undefined;
  });
}

/** What `/_hearth/health` says of workers and of accounts' pools. */
export interface ShownHealth {
  readonly workers: readonly {
    readonly workerId: string;
    readonly environments: number;
    readonly reportedEnvironments?: number;
    readonly isOpen: boolean;
  }[];
  readonly concurrency: readonly {
    readonly limit: number;
    readonly claimed: number;
    readonly inFlight: number;
    readonly unreserved: number;
  }[];
  readonly environments: readonly { readonly state: string }[];
}

/** The health of a Hearth. */
export async function healthOf(hearth: RunningHearth): Promise<ShownHealth> {
  return (await (await fetch(`${hearth.endpoint}/_hearth/health`)).json()) as ShownHealth;
}

/** Resolves when nothing is in flight and every worker has exactly the environments that are known to be on it. */
export async function quiet(hearth: RunningHearth): Promise<ShownHealth> {
  return await eventually(hearth, "quiet", async () => {
    const health = await healthOf(hearth);
    const isIdle = health.concurrency.every((it) => it.inFlight === 0 && it.unreserved === 0);
    const agree = health.workers.every((it) => it.environments === it.reportedEnvironments);
    return isIdle && agree && health.environments.every((it) => it.state === "Idle") ? health : undefined;
  });
}
