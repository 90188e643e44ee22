// What policies decide, by whole documents: who may do what, from the same account and from another, and why not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuthorization, isPrincipal, problemOf, type RequestFacts, sourceIpOf } from "./iam.ts";

const OWNER = "111122223333";
const OTHER = "444455556666";
const arn = `arn:aws:lambda:us-east-1:${OWNER}:function:f`;
const root = (accountId: string) => ({ accountId, principalArn: `arn:aws:iam::${accountId}:root` });
const user = (accountId: string, name = "ada") => ({
  accountId,
  principalArn: `arn:aws:iam::${accountId}:user/${name}`,
});
const session = (accountId: string, role: string) => ({
  accountId,
  principalArn: `arn:aws:sts::${accountId}:assumed-role/${role}/f`,
});
const facts: RequestFacts = {
  region: "us-east-1",
  isSecure: false,
  sourceIp: "203.0.113.7",
  userAgent: "aws-cli/2",
  nowMs: Date.UTC(2026, 0, 1),
};
type Given = Readonly<Record<string, unknown>>;
const document = (...statements: readonly Given[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allowAll = document({ Effect: "Allow", Action: "*", Resource: "*" });
const allow = { Effect: "Allow", Principal: "*", Action: "lambda:InvokeFunction", Resource: arn };

interface Case {
  readonly principal?: { readonly accountId: string; readonly principalArn: string };
  readonly identity?: readonly string[];
  readonly resource?: readonly Given[];
  readonly action?: string;
  readonly resourceArn?: string;
  readonly facts?: Partial<RequestFacts>;
}

/** `allowed identity-based`, `denied resource-based` and so on. */
function decided(given: Case): string {
  const { principal = root(OWNER), identity = [allowAll], resource } = given;
  const { decide } = createAuthorization({
    identityPolicies: () => identity,
    resourcePolicies: () => (resource === undefined ? [] : [document(...resource)]),
  });
  const { action = "lambda:InvokeFunction", resourceArn = arn } = given;
  const decision = decide({ principal, action, resourceArn, facts: { ...facts, ...given.facts } });
  return `${decision.outcome} ${decision.by}`;
}

test("within an account either policy allows, and nothing is allowed by none", () => {
  assert.equal(decided({}), "allowed identity-based");
  assert.equal(decided({ identity: [] }), "not allowed identity-based");
  assert.equal(decided({ identity: [], principal: user(OWNER), resource: [allow] }), "allowed resource-based");
});

test("a policy that names the own account leaves it to the account's policies who of it may", () => {
  const resource = [{ ...allow, Principal: { AWS: OWNER } }];

  assert.equal(decided({ identity: [], principal: user(OWNER), resource }), "not allowed identity-based");
  assert.equal(decided({ principal: user(OWNER), resource }), "allowed identity-based");
  assert.equal(decided({ identity: [], principal: root(OWNER), resource }), "allowed resource-based");
});

test("from one account to another both have to allow it", () => {
  const principal = root(OTHER);
  const resource = [{ ...allow, Principal: { AWS: `arn:aws:iam::${OTHER}:root` } }];

  assert.equal(decided({ principal }), "not allowed resource-based");
  assert.equal(decided({ principal, resource }), "allowed identity-based");
  assert.equal(decided({ principal, resource, identity: [] }), "not allowed identity-based");
  assert.equal(decided({ principal: root("777788889999"), resource }), "not allowed resource-based");
});

test("an explicit deny wins, wherever it stands, and AWS's reason is told", () => {
  const denial = document({ Effect: "Deny", Action: "lambda:Invoke*", Resource: "*" });
  const resource = [allow, { ...allow, Effect: "Deny", Principal: { AWS: OWNER } }];

  assert.equal(decided({ identity: [allowAll, denial], resource: [allow] }), "denied identity-based");
  assert.equal(decided({ resource }), "denied resource-based");
  assert.equal(decided({ resource, action: "lambda:GetFunction" }), "allowed identity-based");
  const { authorize } = createAuthorization({ identityPolicies: () => [denial], resourcePolicies: () => [] });
  assert.throws(() => authorize({ principal: user(OWNER), action: "lambda:InvokeFunction", resourceArn: arn, facts }), {
    code: "AccessDeniedException",
    status: 403,
    message: `User: arn:aws:iam::${OWNER}:user/ada is not authorized to perform: lambda:InvokeFunction on resource: ${arn} with an explicit deny in an identity-based policy`,
  });
});

test("the owner's root can always read and change a policy, so that nobody is locked out for ever", () => {
  const resource = [{ ...allow, Effect: "Deny", Action: "*", Resource: "*" }];

  assert.equal(decided({ resource, action: "lambda:PutResourcePolicy" }), "allowed identity-based");
  assert.equal(decided({ resource, action: "lambda:AddPermission" }), "denied resource-based");
  assert.equal(
    decided({ resource, action: "lambda:PutResourcePolicy", principal: user(OWNER) }),
    "denied resource-based",
  );
  assert.equal(
    decided({ resource, action: "lambda:PutResourcePolicy", principal: root(OTHER) }),
    "denied resource-based",
  );
});

test("users, roles with any path and their sessions are named by ARN; services and organizations are nobody here", () => {
  const named = (principal: unknown, by: Case["principal"]) =>
    decided({
      identity: [],
      resource: [{ ...allow, Principal: principal }],
      ...(by === undefined ? {} : { principal: by }),
    });
  const role = `arn:aws:iam::${OWNER}:role/service/worker`;

  assert.equal(named({ AWS: `arn:aws:iam::${OWNER}:user/ada` }, user(OWNER)), "allowed resource-based");
  assert.equal(named({ AWS: `arn:aws:iam::${OWNER}:user/bo` }, user(OWNER)), "not allowed identity-based");
  assert.equal(named({ AWS: [role] }, session(OWNER, "worker")), "allowed resource-based");
  assert.equal(named({ AWS: role }, session(OWNER, "worker2")), "not allowed identity-based");
  assert.equal(named({ AWS: role }, session(OTHER, "worker")), "not allowed resource-based");
  assert.equal(
    named({ AWS: `arn:aws:sts::${OWNER}:assumed-role/worker/f` }, session(OWNER, "worker")),
    "allowed resource-based",
  );
  assert.equal(named({ Service: "s3.amazonaws.com" }, user(OWNER)), "not allowed identity-based");
  const organization = { ...allow, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } } };
  assert.equal(decided({ principal: root(OTHER), resource: [organization] }), "not allowed resource-based");
  const allButAda = { ...allow, Effect: "Deny", NotPrincipal: { AWS: `arn:aws:iam::${OWNER}:user/ada` } };
  const { Principal: _Principal, ...denial } = allButAda;
  assert.equal(decided({ principal: user(OWNER), resource: [denial] }), "allowed identity-based");
  assert.equal(decided({ principal: user(OWNER, "bo"), resource: [denial] }), "denied resource-based");
});

test("actions are matched without regard to case, resources part by part, with wildcards in both", () => {
  const allows = (statement: Given, of: Case = {}) =>
    decided({ identity: [document({ Effect: "Allow", Action: "*", Resource: "*", ...statement })], ...of });
  const yes = "allowed identity-based";
  const no = "not allowed identity-based";

  assert.equal(allows({ Action: "LAMBDA:invoke*" }), yes);
  assert.equal(allows({ Action: ["s3:*", "lambda:InvokeFunctio?"] }), yes);
  assert.equal(allows({ Action: "lambda:Get*" }), no);
  assert.equal(allows({ Resource: `${arn}:*` }), no);
  assert.equal(allows({ Resource: `${arn}:*` }, { resourceArn: `${arn}:prod` }), yes);
  assert.equal(allows({ Resource: arn }, { resourceArn: `${arn}:prod` }), no);
  assert.equal(allows({ Resource: "arn:aws:lambda:*:*:function:f" }), yes);
  assert.equal(allows({ Resource: "arn:aws:*:function:f:x:y" }), no);
  assert.equal(allows({ Resource: arn.toUpperCase() }), no);
  const { Action: _Action, ...others } = { Effect: "Allow", Action: "*", Resource: "*" };
  assert.equal(decided({ identity: [document({ ...others, NotAction: "iam:*" })] }), yes);
  assert.equal(decided({ identity: [document({ ...others, NotAction: "lambda:*" })] }), no);
  assert.equal(decided({ identity: [document({ Effect: "Allow", Action: "*", NotResource: arn })] }), no);
});

test("a pattern of many wildcards is matched in time that does not explode", () => {
  const pattern = `arn:aws:lambda:us-east-1:${OWNER}:function:${"*a".repeat(4_000)}`;
  const long = `arn:aws:lambda:us-east-1:${OWNER}:function:${"a".repeat(2_000)}b`;

  assert.equal(
    decided({ identity: [document({ Effect: "Allow", Action: "*", Resource: pattern })], resourceArn: long }),
    "not allowed identity-based",
  );
});

test("conditions hold by any of their values, all together, and against what is missing as their operator has it", () => {
  const holds = (Condition: Given, of: Partial<RequestFacts> = {}) =>
    decided({ identity: [document({ Effect: "Allow", Action: "*", Resource: "*", Condition })], facts: of }) ===
    "allowed identity-based";

  assert.ok(holds({ StringEquals: { "aws:PrincipalAccount": [OTHER, OWNER] } }));
  assert.ok(!holds({ StringEquals: { "aws:PrincipalAccount": OWNER, "aws:RequestedRegion": "eu-central-1" } }));
  assert.ok(holds({ StringEquals: { "AWS:principalACCOUNT": OWNER }, Bool: { "aws:SecureTransport": false } }));
  assert.ok(!holds({ Bool: { "aws:SecureTransport": "true" } }));
  assert.ok(!holds({ StringNotEquals: { "aws:PrincipalAccount": [OTHER, OWNER] } }));
  assert.ok(holds({ StringLike: { "aws:UserAgent": "aws-cli/*" } }));
  assert.ok(!holds({ StringEquals: { "aws:UserAgent": "aws-cli/*" } }));
  assert.ok(holds({ StringEqualsIgnoreCase: { "aws:UserAgent": "AWS-CLI/2" } }));
  assert.ok(holds({ ArnLike: { "aws:PrincipalArn": `arn:aws:iam::*:root` } }));
  assert.ok(holds({ ArnNotLike: { "aws:PrincipalArn": `arn:aws:iam::*:role/*` } }));
  assert.ok(holds({ IpAddress: { "aws:SourceIp": ["198.51.100.0/24", "203.0.113.0/24"] } }));
  assert.ok(!holds({ NotIpAddress: { "aws:SourceIp": "203.0.113.7" } }));
  assert.ok(holds({ IpAddress: { "aws:SourceIp": "2001:db8::/32" } }, { sourceIp: "2001:db8::1" }));
  assert.ok(holds({ DateGreaterThan: { "aws:CurrentTime": "2025-12-31T23:59:59Z" } }));
  assert.ok(!holds({ DateLessThanEquals: { "aws:CurrentTime": "2025-12-31T23:59:59Z" } }));
  assert.ok(holds({ NumericGreaterThanEquals: { "aws:EpochTime": 1_767_225_600 } }));
  assert.ok(!holds({ NumericLessThan: { "aws:EpochTime": "1767225600" } }));
  // Nothing has these values.
  assert.ok(!holds({ StringEquals: { "aws:SourceVpc": "vpc-1" } }));
  assert.ok(holds({ StringNotEquals: { "aws:SourceVpc": "vpc-1" } }));
  assert.ok(holds({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-1" } }));
  assert.ok(holds({ Null: { "aws:SourceVpc": "true", "aws:SourceIp": "false" } }));
  assert.ok(!holds({ Null: { "aws:SourceIp": true } }));
  assert.ok(holds({ "ForAllValues:StringEquals": { "aws:TagKeys": "a" } }));
  assert.ok(!holds({ "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } }));
  assert.ok(holds({ "ForAnyValue:StringEquals": { "aws:UserAgent": ["aws-cli/2", "b"] } }));
  assert.ok(!holds({ "ForAllValues:StringNotEquals": { "aws:UserAgent": ["aws-cli/2", "b"] } }));
});

test("policy variables are put in literally, by the newer version of the language alone", () => {
  const of = (Resource: string, Version: string, principal = user(OWNER, "f")) =>
    decided({
      principal,
      identity: [JSON.stringify({ Version, Statement: { Effect: "Allow", Action: "*", Resource } })],
      resourceArn: `arn:aws:lambda:us-east-1:${OWNER}:function:f`,
    });
  const own = "arn:aws:lambda:*:${aws:PrincipalAccount}:function:${aws:username}";

  assert.equal(of(own, "2012-10-17"), "allowed identity-based");
  assert.equal(of(own, "2008-10-17"), "not allowed identity-based");
  assert.equal(of(own, "2012-10-17", user(OWNER, "*")), "not allowed identity-based");
  // A root has no name.
  assert.equal(of(own, "2012-10-17", root(OWNER)), "not allowed identity-based");
  assert.equal(
    of("arn:aws:lambda:*:*:function:${aws:username, 'f'}", "2012-10-17", root(OWNER)),
    "allowed identity-based",
  );
  assert.equal(of("arn:aws:lambda:*:*:function:${*}", "2012-10-17"), "not allowed identity-based");
});

test("what is not a policy of a resource is told in words", () => {
  const problem = (given: unknown) => problemOf(typeof given === "string" ? given : JSON.stringify(given));
  const version = "2012-10-17";

  assert.equal(problem({ Version: version, Id: "default", Statement: allow }), undefined);
  assert.equal(problem("{"), "it is not JSON");
  assert.equal(problem([]), "it is not an object");
  assert.equal(problem({ Version: version }), "it has no Statement");
  assert.equal(problem({ Version: "2020-01-01", Statement: allow }), "Version is 2012-10-17 or 2008-10-17");
  assert.equal(problem({ Statement: allow, Statements: [] }), "it has Statements in it");
  for (const [changed, words] of [
    [{ Effect: "allow" }, "Effect is Allow or Deny"],
    [{ Action: undefined }, "a statement has either Action or NotAction"],
    [{ NotAction: "s3:*" }, "a statement has either Action or NotAction"],
    [{ Action: "invoke" }, "invoke is not an action"],
    [{ Action: [] }, "Action is a string, or a list of strings"],
    [{ Resource: "f" }, "f is not * or an ARN"],
    [{ Principal: undefined }, "a statement has either Principal or NotPrincipal"],
    [{ Principal: { AWS: "ada" } }, "ada is not a principal"],
    [{ Principal: { Everyone: "*" } }, "Principal has Everyone in it"],
    [{ Principal: "ada" }, "Principal is * or an object"],
    [{ Principal: undefined, NotPrincipal: "*" }, "NotPrincipal goes with Deny alone"],
    [{ Effects: "Allow" }, "a statement has no Effects"],
    [{ Sid: 1 }, "Sid is a string"],
    [{ Condition: [] }, "Condition is an object"],
    [{ Condition: { StringEqual: { a: "b" } } }, "StringEqual is not a condition operator"],
    [{ Condition: { toString: { a: "b" } } }, "toString is not a condition operator"],
    [{ Condition: { NumericEquals: { a: "b" } } }, "b is not a value for NumericEquals"],
    [{ Condition: { IpAddress: { a: "10.0.0.0/40" } } }, "10.0.0.0/40 is not a value for IpAddress"],
    [{ Condition: { Null: { a: "b" } } }, "Null is true or false"],
    [{ Condition: { StringEquals: { a: {} } } }, "a condition's values are strings, numbers or booleans"],
  ] as const)
    assert.equal(problem({ Version: version, Statement: [{ ...allow, ...changed }] }), words);
  assert.equal(
    problem({
      Version: version,
      Statement: [
        { ...allow, Sid: "a" },
        { ...allow, Sid: "a" },
      ],
    }),
    "two statements have the same Sid",
  );
});

test("an account's id, ARNs of users and roles, services and everybody can be granted something", () => {
  for (const principal of [
    "*",
    OWNER,
    `arn:aws:iam::${OWNER}:root`,
    `arn:aws:iam::${OWNER}:role/a/b`,
    `arn:aws:sts::${OWNER}:assumed-role/a/b`,
    "s3.amazonaws.com",
    "logs.us-east-1.amazonaws.com",
    "alexa-appkit.amazon.com",
  ])
    assert.ok(isPrincipal(principal), principal);
  for (const principal of [
    "ada",
    "1111",
    `${OWNER}:root`,
    `arn:aws:iam::${OWNER}`,
    "amazonaws.com",
    `arn:aws:iam::${OWNER}:ada`,
    "arn:aws:s3:::b",
    "*.amazonaws.com",
  ])
    assert.ok(!isPrincipal(principal), principal);
});

test("an address of the older kind is told as such, however the socket has it", () => {
  assert.deepEqual(["::ffff:203.0.113.7", "203.0.113.7", "2001:db8::1", undefined].map(sourceIpOf), [
    "203.0.113.7",
    "203.0.113.7",
    "2001:db8::1",
    "",
  ]);
});
