// An authorization decision, with its policies read before: a function's role that calls another account's function, whose policy
// has twenty statements of which the last one allows it; and the commonest one, the account's root and no policy at all.
import { createAuthorization, type RequestFacts } from "../../src/neighbours/iam/iam.ts";
import { atMost, type Row, row } from "../report/row.ts";
import type { Bench } from "../section.ts";

const STATEMENTS = 20;
const AT_ONCE = 2_000;
const MICROSECONDS = 1_000;

const arn = "arn:aws:lambda:us-east-1:111122223333:function:f";
const facts: RequestFacts = {
  region: "us-east-1",
  isSecure: true,
  sourceIp: "203.0.113.7",
  userAgent: "aws-sdk-js/3",
  nowMs: 1_767_225_600_000,
};
const owner = { accountId: "111122223333", principalArn: "arn:aws:iam::111122223333:root" };
const role = { accountId: "444455556666", principalArn: "arn:aws:sts::444455556666:assumed-role/worker/g" };

const policy = (statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
const fullAccess = policy([{ Effect: "Allow", Action: "*", Resource: "*" }]);

/** As a role's own policies are: names, wildcards, variables and conditions. */
const identity = policy(
  Array.from({ length: STATEMENTS }, (_, index) => ({
    Sid: `own${index}`,
    Effect: index === 0 ? "Deny" : "Allow",
    Action:
      index === STATEMENTS - 1 ? ["lambda:Invoke*", "lambda:Get*"] : [`service${index}:Get*`, `service${index}:List*`],
    Resource: ["arn:aws:lambda:*:*:function:*", "arn:aws:s3:::${aws:PrincipalAccount}-bucket/*"],
    Condition: { Bool: { "aws:SecureTransport": "true" }, StringLike: { "aws:UserAgent": "aws-*" } },
  })),
);
const resource = policy(
  Array.from({ length: STATEMENTS }, (_, index) => ({
    Sid: `s${index}`,
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::444455556666:role/${index === STATEMENTS - 1 ? "worker" : `other${index}`}` },
    Action: "lambda:InvokeFunction",
    Resource: arn,
    Condition: { IpAddress: { "aws:SourceIp": ["198.51.100.0/24", "203.0.113.0/24"] } },
  })),
);

function microsecondsOf(decide: () => { readonly outcome: string }, rounds: number): readonly number[] {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    for (let count = 0; count < AT_ONCE; count++)
      if (decide().outcome !== "allowed") throw new Error("what was to be allowed was not");
    times.push(((performance.now() - startedMs) * MICROSECONDS) / AT_ONCE);
  }
  return times;
}

export function authorization(bench: Bench): Promise<readonly Row[]> {
  const action = "lambda:InvokeFunction";
  const worst = createAuthorization({ identityPolicies: () => [identity], resourcePolicies: () => [resource] });
  const commonest = createAuthorization({ identityPolicies: () => [fullAccess], resourcePolicies: () => [] });
  const cases = [
    { principal: role, decides: worst, id: "authorization.policies", what: `twice ${STATEMENTS} statements` },
    { principal: owner, decides: commonest, id: "authorization.root", what: "the account's root, no policy" },
  ];
  const rounds = bench.isQuick ? 10 : 40;
  const rows = cases.map(({ principal, decides, id, what }) => {
    bench.say(what);
    const decide = () => decides.decide({ principal, action, resourceArn: arn, facts });
    microsecondsOf(decide, rounds);
    return row({
      id,
      what: `an authorization decision, warm cache: ${what}`,
      unit: "µs",
      hearth: microsecondsOf(decide, rounds),
      target: atMost(20, 5),
    });
  });
  return Promise.resolve(rows);
}
