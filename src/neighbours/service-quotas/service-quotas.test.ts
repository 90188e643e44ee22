// Quotas: what is in force, what a request changes, and what stays over a restart.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type {
  ListRequestedServiceQuotaChangeHistoryResponse,
  ListServiceQuotasResponse,
  RequestServiceQuotaIncreaseResponse,
  ServiceQuota,
} from "@aws-sdk/client-service-quotas";
import { createVirtualClock } from "../../foundation/clock.ts";
import { callerOf, refusal } from "../../model/operation.fixtures.ts";
import type { Members } from "../../model/operation.ts";
import { migrate } from "../../store/migrations.ts";
import { openSqlite } from "../../store/sqlite.ts";
import { createQuotaStore, type QuotaTables } from "./quota-store.ts";
import { createServiceQuotas, type ServiceQuotas } from "./service-quotas.ts";

const NOW_MS = 1_767_225_600_000;
const DAY_MS = 86_400_000;
const concurrency = { ServiceCode: "lambda", QuotaCode: "L-B99A9384" };

interface Tested extends AsyncDisposable {
  readonly quotas: ServiceQuotas;
  readonly clock: ReturnType<typeof createVirtualClock>;
  call(name: string, input: object): Promise<Members>;
}

/** Service Quotas over a file; opening the same file again is a restart. */
async function open(file: string): Promise<Tested> {
  const db = openSqlite<QuotaTables>(file, "commit");
  await migrate(db, "functions");
  const clock = createVirtualClock(NOW_MS);
  const quotas = createServiceQuotas({ store: createQuotaStore(db), clock, concurrentExecutions: 1000 });
  await quotas.start();
  return {
    quotas,
    clock,
    call: callerOf(quotas.service),
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

test("a quota shows AWS's members, the account's own with its value and the default without an account", async () => {
  await using service = await open(":memory:");

  const { Quota } = await service.call("GetServiceQuota", concurrency);
  assert.deepEqual(Quota, {
    ServiceCode: "lambda",
    ServiceName: "AWS Lambda",
    QuotaArn: "arn:aws:servicequotas:us-east-1:111122223333:lambda/L-B99A9384",
    QuotaCode: "L-B99A9384",
    QuotaName: "Concurrent executions",
    Value: 1000,
    Unit: "None",
    Adjustable: true,
    GlobalQuota: false,
    UsageMetric: {
      MetricNamespace: "AWS/Lambda",
      MetricName: "ConcurrentExecutions",
      MetricDimensions: {},
      MetricStatisticRecommendation: "Maximum",
    },
    QuotaAppliedAtLevel: "ACCOUNT",
  });
  const { Quota: published } = await service.call("GetAWSDefaultServiceQuota", concurrency);
  assert.equal((published as ServiceQuota).QuotaArn, "arn:aws:servicequotas:us-east-1::lambda/L-B99A9384");
});

test("an increase is approved and in force at once, in its own account and region, restarts included", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hearth-quotas-"));
  try {
    const file = join(directory, "hearth.db");
    {
      await using service = await open(file);
      const { RequestedQuota: request }: RequestServiceQuotaIncreaseResponse = await service.call(
        "RequestServiceQuotaIncrease",
        { ...concurrency, DesiredValue: 3000 },
      );
      assert.deepEqual([request?.Status, request?.DesiredValue], ["APPROVED", 3000]);
      assert.deepEqual(await service.call("GetRequestedServiceQuotaChange", { RequestId: request?.Id }), {
        RequestedQuota: request,
      });
    }

    await using again = await open(file);
    const { limits } = again.quotas;
    assert.equal(limits.concurrentExecutions("111122223333", "us-east-1"), 3000);
    assert.equal(limits.concurrentExecutions("111122223333", "eu-west-1"), 1000);
    assert.equal(limits.concurrentExecutions("444455556666", "us-east-1"), 1000);
    const { Quota: published } = await again.call("GetAWSDefaultServiceQuota", concurrency);
    assert.equal((published as ServiceQuota).Value, 1000);
    await again.quotas.reset();
    assert.equal(limits.concurrentExecutions("111122223333", "us-east-1"), 1000);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("what is not more than is in force, not adjustable or not there is refused", async () => {
  await using service = await open(":memory:");
  const ask = (more: object): Promise<string> =>
    refusal(service.call("RequestServiceQuotaIncrease", { ...concurrency, DesiredValue: 2000, ...more }));
  const less = "400 IllegalArgumentException: You must provide a quota value greater than the current quota value";

  assert.equal(await ask({ DesiredValue: 1000 }), less);
  assert.equal(await ask({ DesiredValue: 10 }), less);
  assert.match(await ask({ QuotaCode: "L-75F48B05" }), /^400 IllegalArgumentException: .*not adjustable/u);
  assert.match(await ask({ QuotaCode: "L-00000000" }), /^400 NoSuchResourceException/u);
  assert.match(await ask({ ServiceCode: "ec2" }), /^400 NoSuchResourceException: This service is not available/u);
  assert.match(await ask({ DesiredValue: undefined }), /Value null at 'desiredValue'/u);
});

test("a lower request that comes late doesn't lower what was granted meanwhile", async () => {
  await using service = await open(":memory:");
  const ask = (DesiredValue: number): Promise<Members> =>
    service.call("RequestServiceQuotaIncrease", { ...concurrency, DesiredValue });

  await Promise.allSettled([ask(3000), ask(2000)]);

  assert.equal(service.quotas.limits.concurrentExecutions("111122223333", "us-east-1"), 3000);
});

test("the history has the newest first, by quota and status, for 90 days", async () => {
  await using service = await open(":memory:");
  const history = async (more: object = {}): Promise<unknown> => {
    const answer: ListRequestedServiceQuotaChangeHistoryResponse = await service.call(
      "ListRequestedServiceQuotaChangeHistory",
      more,
    );
    return answer.RequestedQuotas?.map((it) => it.DesiredValue);
  };
  const ask = (DesiredValue: number): Promise<Members> =>
    service.call("RequestServiceQuotaIncrease", { ...concurrency, DesiredValue });
  await ask(2000);
  await ask(3000);

  assert.deepEqual(await history(), [3000, 2000]);
  assert.deepEqual(await history({ Status: "PENDING" }), []);
  const byQuota = (QuotaCode: string): Promise<Members> =>
    service.call("ListRequestedServiceQuotaChangeHistoryByQuota", { ServiceCode: "lambda", QuotaCode });
  assert.deepEqual((await byQuota("L-9FEE3D26"))["RequestedQuotas"], []);
  service.clock.advance(91 * DAY_MS);
  await ask(4000);

  assert.deepEqual(await history(), [4000]);
});

test("quotas are listed page by page", async () => {
  await using service = await open(":memory:");
  const codes: unknown[] = [];
  let NextToken: string | undefined;
  do {
    const answer: ListServiceQuotasResponse = await service.call("ListServiceQuotas", {
      ServiceCode: "lambda",
      MaxResults: 5,
      NextToken,
    });
    codes.push(...(answer.Quotas ?? []).map((it) => it.QuotaCode));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);

  assert.equal(new Set(codes).size, 17);
  assert.deepEqual((await service.call("ListServices", {}))["Services"], [
    { ServiceCode: "lambda", ServiceName: "AWS Lambda" },
  ]);
  const wrong = service.call("ListServiceQuotas", { ServiceCode: "lambda", NextToken: "x" });
  assert.match(await refusal(wrong), /^400 InvalidPaginationTokenException/u);
});
