// A function's log when all of it is stored, for tests.
import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import type { RunningHearth } from "../a-hearth.ts";

async function logOf(logs: CloudWatchLogsClient, name: string): Promise<string> {
  try {
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }));
    return (found.events ?? []).map((it) => `${it.message?.trimEnd() ?? ""}\n`).join("");
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return "";
    throw error;
  }
}

interface HearthEvent {
  readonly event: string;
  readonly environmentId?: string;
  readonly deploymentId?: string;
  readonly to?: string;
}

/** The log, once the function is deleted and its environments have gone: what they said is stored by then. */
export async function functionLogAtEnd(
  hearth: RunningHearth,
  logs: CloudWatchLogsClient,
  name: string,
): Promise<string> {
  await hearth.lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  const left = new Set<string>();
  for (let after = 0; ; ) {
    const answer = await fetch(`${hearth.endpoint}/_hearth/events?after=${after}&wait=${after === 0 ? 0 : 5}`);
    const { events, next } = (await answer.json()) as { events: readonly HearthEvent[]; next: number };
    for (const it of events)
      if (it.event === "InvocationEnded" && it.deploymentId?.includes(`/${name}:`) === true)
        left.add(it.environmentId ?? "");
    // Where it was said to have gone before its invocation was said to have ended, it is looked for again.
    for (const it of events)
      if (it.event === "EnvironmentChanged" && it.to === "Gone") left.delete(it.environmentId ?? "");
    after = next;
    if (left.size === 0) return await logOf(logs, name);
  }
}
