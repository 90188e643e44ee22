// A function's log when all of it is stored, for tests.
import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import type { RunningHearth } from "../a-hearth.ts";
import { feedUntil } from "../feed.ts";

async function logOf(logs: CloudWatchLogsClient, name: string): Promise<string> {
  try {
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }));
    return (found.events ?? []).map((it) => `${it.message?.trimEnd() ?? ""}\n`).join("");
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return "";
    throw error;
  }
}

/** The log, once the function is deleted and its environments have gone: what they said is stored by then. */
export async function functionLogAtEnd(
  hearth: RunningHearth,
  logs: CloudWatchLogsClient,
  name: string,
): Promise<string> {
  await hearth.lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  await feedUntil(hearth, (events) => {
    const gone = new Set(
      events.flatMap((it) => (it.event === "EnvironmentChanged" && it.to === "Gone" ? [it.environmentId] : [])),
    );
    return events.every(
      (it) => it.event !== "InvocationEnded" || !it.deploymentId.includes(`/${name}:`) || gone.has(it.environmentId),
    );
  });
  return await logOf(logs, name);
}
