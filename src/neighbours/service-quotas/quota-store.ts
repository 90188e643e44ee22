// The only SQL about quotas: the values that were granted, and the requests that asked for them.
import { type Kysely, sql } from "kysely";

/** A place in an account. */
export interface QuotaScope {
  readonly accountId: string;
  readonly region: string;
}

/** The tables of this part. */
export interface QuotaTables {
  granted_quotas: { account_id: string; region: string; quota_code: string; value: number };
  quota_requests: {
    id: string;
    account_id: string;
    region: string;
    quota_code: string;
    desired_value: number;
    requester_arn: string;
    created_at_ms: number;
  };
}

/** A request, which was granted. */
export interface QuotaRequest extends QuotaScope {
  readonly id: string;
  readonly quotaCode: string;
  readonly desiredValue: number;
  readonly requesterArn: string;
  readonly createdAtMs: number;
}

/** A value that is in force instead of the default. */
export interface GrantedQuota extends QuotaScope {
  readonly quotaCode: string;
  readonly value: number;
}

/** What is remembered of quotas. */
export interface QuotaStore {
  granted(): Promise<GrantedQuota[]>;
  /** Remembers the request and grants it, in one; a value never goes down. Requests before `forgetBeforeMs` are forgotten. */
  grant(request: QuotaRequest, forgetBeforeMs: number): Promise<void>;
  /** The newest first. */
  requests(scope: QuotaScope): Promise<QuotaRequest[]>;
  reset(): Promise<void>;
}

const REQUEST = [
  "id",
  "account_id as accountId",
  "region",
  "quota_code as quotaCode",
  "desired_value as desiredValue",
  "requester_arn as requesterArn",
  "created_at_ms as createdAtMs",
] as const;

/** The store over a database that has been migrated. */
export function createQuotaStore(db: Kysely<QuotaTables>): QuotaStore {
  return {
    granted: () =>
      db
        .selectFrom("granted_quotas")
        .select(["account_id as accountId", "region", "quota_code as quotaCode", "value"])
        .execute(),
    grant: (it, forgetBeforeMs) =>
      db.transaction().execute(async (on) => {
        const place = { account_id: it.accountId, region: it.region, quota_code: it.quotaCode };
        await on.deleteFrom("quota_requests").where("created_at_ms", "<", forgetBeforeMs).execute();
        await on
          .insertInto("quota_requests")
          .values({
            ...place,
            id: it.id,
            desired_value: it.desiredValue,
            requester_arn: it.requesterArn,
            created_at_ms: it.createdAtMs,
          })
          .execute();
        await on
          .insertInto("granted_quotas")
          .values({ ...place, value: it.desiredValue })
          .onConflict((conflict) => conflict.doUpdateSet({ value: sql`max(value, ${it.desiredValue})` }))
          .execute();
      }),
    requests: ({ accountId: account_id, region }) =>
      db
        .selectFrom("quota_requests")
        .where((it) => it.and({ account_id, region }))
        .select(REQUEST)
        .orderBy("created_at_ms", "desc")
        .orderBy(sql`rowid`, "desc")
        .execute(),
    async reset() {
      await db.deleteFrom("granted_quotas").execute();
      await db.deleteFrom("quota_requests").execute();
    },
  };
}
