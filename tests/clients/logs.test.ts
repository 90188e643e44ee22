// CloudWatch Logs by its clients: the SDK for what an operation answers, the aws CLI for `logs tail`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListLogGroupsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  paginateFilterLogEvents,
  PutLogEventsCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { aServicesProcess, type RunningServices } from "../services.ts";
import { createAws, findAws2 } from "./aws-cli.ts";

let services: RunningServices;
let logs: CloudWatchLogsClient;
before(async () => {
  services = await aServicesProcess();
  logs = new CloudWatchLogsClient({
    endpoint: services.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
    maxAttempts: 1,
  });
});
after(async () => {
  logs.destroy();
  await services[Symbol.asyncDispose]();
});

const aws2 = await findAws2();
const skip = aws2 === undefined ? "the aws CLI version 2 is not installed" : false;

/** Streams in a new group. */
async function aGroup(logGroupName: string, ...streams: string[]): Promise<void> {
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  for (const logStreamName of streams) await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
}

async function put(
  logGroupName: string,
  logStreamName: string,
  ...events: (readonly [number, string])[]
): Promise<void> {
  const logEvents = events.map(([timestamp, message]) => ({ timestamp, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

async function refusal(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (it: unknown) => it,
  );
  assert.ok(error instanceof Error, "it is refused");
  return `${error.name}: ${error.message}`;
}

test("events of several streams come interleaved in order of time, page by page, with ids of their own", async () => {
  const now = Date.now();
  await aGroup("interleaved", "a", "b");
  await put("interleaved", "a", [now, "a1"], [now + 2, "a2"], [now + 4, "a3"]);
  await put("interleaved", "b", [now + 1, "b1"], [now + 2, "b2"], [now + 3, "b3"]);

  const found: { id: string | undefined; text: string | undefined }[] = [];
  for await (const page of paginateFilterLogEvents({ client: logs, pageSize: 2 }, { logGroupName: "interleaved" })) {
    found.push(...(page.events ?? []).map((it) => ({ id: it.eventId, text: it.message })));
  }

  assert.deepEqual(
    found.map((it) => it.text),
    ["a1", "b1", "a2", "b2", "b3", "a3"],
  );
  assert.equal(new Set(found.map((it) => it.id)).size, 6);
  assert.match(found[0]?.id ?? "", /^\d{56}$/u);
});

test("one stream is read both ways by tokens, which stay the same at its ends", async () => {
  const now = Date.now();
  await aGroup("both-ways", "s");
  await put("both-ways", "s", [now, "1"], [now, "2"], [now, "3"]);
  const get = async (nextToken?: string) => {
    const at = { logGroupName: "both-ways", logStreamName: "s", limit: 2, startFromHead: true };
    const page = await logs.send(new GetLogEventsCommand({ ...at, ...(nextToken === undefined ? {} : { nextToken }) }));
    return { ...page, texts: (page.events ?? []).map((it) => it.message) };
  };

  const first = await get();
  const second = await get(first.nextForwardToken);
  const end = await get(second.nextForwardToken);
  const back = await get(second.nextBackwardToken);
  const start = await get(back.nextBackwardToken);

  assert.deepEqual([first.texts, second.texts, end.texts], [["1", "2"], ["3"], []]);
  assert.equal(end.nextForwardToken, second.nextForwardToken);
  assert.deepEqual([back.texts, start.texts], [["1", "2"], []]);
  assert.equal(start.nextBackwardToken, back.nextBackwardToken);
});

test("a filter pattern decides which events come, and one that is none is refused", async () => {
  await aGroup("filtered", "s");
  await put("filtered", "s", [Date.now(), '{"level":"ERROR","n":4}'], [Date.now(), '{"level":"ERROR","n":3}']);
  const filter = (filterPattern: string) =>
    logs.send(new FilterLogEventsCommand({ logGroupName: "filtered", filterPattern }));

  assert.equal((await filter('{ $.level = "ERROR" && $.n > 3 }')).events?.length, 1);
  assert.equal(await refusal(filter("{ $.level = ")), "InvalidParameterException: Invalid filter pattern");
});

test("streams are described with their times, by name or by their last event", async () => {
  const now = Date.now();
  await aGroup("described", "a", "b", "c");
  await put("described", "b", [now - 5000, "x"], [now - 3000, "y"]);
  await put("described", "a", [now - 2000, "z"]);
  const described = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: "described", orderBy: "LastEventTime", descending: true, limit: 2 }),
  );

  assert.deepEqual(
    described.logStreams?.map((it) => it.logStreamName),
    ["a", "b"],
  );
  assert.deepEqual(
    [described.logStreams?.[1]?.firstEventTimestamp, described.logStreams?.[1]?.lastEventTimestamp],
    [now - 5000, now - 3000],
  );
  assert.ok(described.nextToken !== undefined);
  const prefixed = new DescribeLogStreamsCommand({
    logGroupName: "described",
    orderBy: "LastEventTime",
    logStreamNamePrefix: "a",
  });
  assert.equal(
    await refusal(logs.send(prefixed)),
    "InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix.",
  );
});

test("groups are described with their bytes, and listed by patterns", async () => {
  await aGroup("/bytes/one", "s");
  await aGroup("/bytes/two");
  await put("/bytes/one", "s", [Date.now(), "12345"]);

  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/bytes/" }));
  assert.deepEqual(
    logGroups?.map((it) => [it.logGroupName, it.storedBytes]),
    [
      ["/bytes/one", 31],
      ["/bytes/two", 0],
    ],
  );
  assert.equal(logGroups?.[0]?.arn, "arn:aws:logs:us-east-1:111122223333:log-group:/bytes/one:*");
  const listed = await logs.send(new ListLogGroupsCommand({ logGroupNamePattern: "^/bytes|nothing" }));
  assert.equal(listed.logGroups?.length, 2);
  const both = new DescribeLogGroupsCommand({ logGroupNamePrefix: "a", logGroupNamePattern: "b" });
  assert.match(
    await refusal(logs.send(both)),
    /^InvalidParameterException: LogGroup name prefix and LogGroup name pattern/u,
  );
});

test("tags are the same by the group's ARN and by its name", async () => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: "tagged", tags: { a: "1" } }));
  const resourceArn = "arn:aws:logs:us-east-1:111122223333:log-group:tagged";

  await logs.send(new TagResourceCommand({ resourceArn, tags: { b: "2", c: "3" } }));
  await logs.send(new UntagLogGroupCommand({ logGroupName: "tagged", tags: ["c"] }));

  const byArn = await logs.send(new ListTagsForResourceCommand({ resourceArn }));
  const byName = await logs.send(new ListTagsLogGroupCommand({ logGroupName: "tagged" }));
  assert.deepEqual(
    [byArn.tags, byName.tags],
    [
      { a: "1", b: "2" },
      { a: "1", b: "2" },
    ],
  );
});

test("events that are too old or too far ahead are left out and named", async () => {
  const now = Date.now();
  await aGroup("rejected", "s");
  const times = [now - 15 * 86_400_000, now - 15 * 86_400_000 + 1];
  const old = await logs.send(
    new PutLogEventsCommand({
      logGroupName: "rejected",
      logStreamName: "s",
      logEvents: times.map((timestamp) => ({ timestamp, message: "old" })),
    }),
  );
  const ahead = await logs.send(
    new PutLogEventsCommand({
      logGroupName: "rejected",
      logStreamName: "s",
      logEvents: [now, now + 3 * 3_600_000].map((timestamp) => ({ timestamp, message: "x" })),
    }),
  );

  assert.deepEqual(old.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 2 });
  assert.deepEqual(ahead.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 });
});

test("limits and missing things are refused in AWS's words", async () => {
  await aGroup("refusing", "s");

  assert.equal(
    await refusal(logs.send(new DescribeLogGroupsCommand({ limit: 51 }))),
    "InvalidParameterException: 1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
  );
  assert.equal(
    await refusal(logs.send(new FilterLogEventsCommand({ logGroupName: "nowhere" }))),
    "ResourceNotFoundException: The specified log group does not exist.",
  );
  assert.equal(
    await refusal(logs.send(new GetLogEventsCommand({ logGroupName: "refusing", logStreamName: "t" }))),
    "ResourceNotFoundException: The specified log stream does not exist.",
  );
  assert.equal(
    await refusal(logs.send(new GetLogEventsCommand({ logGroupName: "refusing", logStreamName: "s", nextToken: "x" }))),
    "InvalidParameterException: The specified nextToken is invalid.",
  );
});

test("aws logs tail shows what is there, and with --follow what comes, each once", { skip }, async () => {
  const aws = createAws(aws2 ?? "", services.endpoint);
  const now = Date.now();
  await aGroup("/tail", "s", "t");
  await put("/tail", "s", [now - 1000, "first"], [now - 500, "second"]);

  assert.match(await aws.run("logs", "tail", "/tail"), /first\n.*second\n$/su);
  assert.match(await aws.run("logs", "tail", "/tail", "--filter-pattern", "second"), /^[^\n]*second\n$/u);
  const following = aws.start("logs", "tail", "/tail", "--follow", "--format", "short");
  let seen = "";
  const sees = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!seen.includes(text)) return;
        following.stdout?.off("data", look);
        resolve();
      };
      following.stdout?.on("data", look);
      look();
    });
  following.stdout?.setEncoding("utf8").on("data", (text: string) => (seen += text));
  await sees("second");
  // As late as the last that was shown, and in another stream: only its id tells that it is a new one.
  await put("/tail", "t", [now - 500, "third"]);
  await sees("third");
  following.kill("SIGINT");

  assert.deepEqual(seen.match(/first|second|third/gu), ["first", "second", "third"]);
});
