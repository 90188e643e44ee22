// The sample events are what services send, and can be named.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { sampleEvent, sampleEventNames } from "./sample-events.ts";

const parsed = (name: string): Record<string, unknown> => JSON.parse(sampleEvent(name)) as Record<string, unknown>;

test("every sample is an event, and what is in it fits together", () => {
  for (const name of sampleEventNames()) assert.equal(typeof parsed(name), "object", name);
  const [message] = parsed("sqs")["Records"] as { body: string; md5OfBody: string }[];
  const { data } = parsed("cloudwatch-logs")["awslogs"] as { data: string };

  assert.equal(
    message?.md5OfBody,
    createHash("md5")
      .update(message?.body ?? "")
      .digest("hex"),
  );
  assert.match(gunzipSync(Buffer.from(data, "base64")).toString(), /"messageType": ?"DATA_MESSAGE"/u);
});

test("an event that there is not is told with those that there are", () => {
  assert.throws(() => sampleEvent("../package"), /there is no sample event \.\.\/package; there are alb, /u);
});
