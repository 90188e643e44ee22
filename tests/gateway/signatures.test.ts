// Signatures over the wire: AWS's own signer and presigner against the gateway, right, wrong, expired, skewed, missing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type Answer,
  type Asked,
  aGateway,
  type Keys,
  NOW,
  presigned,
  type RunningGateway,
  signed,
} from "./a-gateway.ts";

let strict: RunningGateway;
let local: RunningGateway;
before(async () => {
  [strict, local] = await Promise.all([aGateway("strict"), aGateway("local")]);
});
after(async () => {
  await strict[Symbol.asyncDispose]();
  await local[Symbol.asyncDispose]();
});

const get: Asked = { path: "/2015-03-31/functions/f" };
const ANYONE: Keys = { accessKeyId: "444455556666", secretAccessKey: "any" };
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const roleIn = ({ body }: Answer): unknown =>
  (JSON.parse(body) as { Configuration?: { Role?: string } }).Configuration?.Role;

/** Status, code and message, as the client reads them. */
function refusal({ status, headers, body }: Answer): readonly unknown[] {
  const { message, Message } = JSON.parse(body) as { message?: string; Message?: string };
  return [status, headers["x-amzn-errortype"], message ?? Message];
}

test("a role's session is known in both modes, by header and by presigned URL", async () => {
  for (const gateway of [strict, local]) {
    for (const asked of [await signed(get, gateway.role), await presigned(get, gateway.role)]) {
      const answer = await gateway.ask(asked);

      assert.equal(answer.status, 200);
      assert.equal(roleIn(answer), "arn:aws:sts::111122223333:assumed-role/tester/session");
    }
  }
});

test("an unknown key acts for the account it names in local mode, and is refused in strict mode", async () => {
  assert.equal(roleIn(await local.ask(await signed(get, ANYONE))), "arn:aws:iam::444455556666:root");
  assert.deepEqual(refusal(await strict.ask(await signed(get, ANYONE))), [
    403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  ]);
});

test("a role's key with a wrong secret, a wrong token or none is refused in both modes", async () => {
  for (const gateway of [strict, local]) {
    const { accessKeyId, secretAccessKey, sessionToken } = gateway.role;

    const wrongSecret = await gateway.ask(await signed(get, { accessKeyId, secretAccessKey: "x", sessionToken }));
    assert.deepEqual(refusal(wrongSecret), [403, "InvalidSignatureException", MISMATCH]);
    for (const keys of [
      { accessKeyId, secretAccessKey },
      { accessKeyId, secretAccessKey, sessionToken: "bm9uZQ==" },
    ]) {
      assert.deepEqual(refusal(await gateway.ask(await signed(get, keys))), [
        403,
        "ExpiredTokenException",
        "The security token included in the request is expired",
      ]);
    }
  }
});

test("what was changed on the way is refused: path, query, header, body", async () => {
  const invoke: Asked = {
    method: "POST",
    path: "/2015-03-31/functions/f/invocations?Qualifier=1",
    headers: { "x-amz-log-type": "Tail" },
    body: "{}",
  };
  const right = await signed(invoke, strict.role);
  assert.equal((await strict.ask(right)).status, 200);

  for (const changed of [
    { ...right, path: "/2015-03-31/functions/g/invocations?Qualifier=1" },
    { ...right, path: "/2015-03-31/functions/f/invocations?Qualifier=2" },
    { ...right, headers: { ...right.headers, "x-amz-log-type": "None" } },
    { ...right, body: "[]" },
  ]) {
    assert.deepEqual(refusal(await strict.ask(changed)), [403, "InvalidSignatureException", MISMATCH]);
  }
});

test("a presigned POST signs its body; another body is refused", async () => {
  const invoke: Asked = { method: "POST", path: "/2015-03-31/functions/f/invocations", body: '{"a":1}' };
  const asked = await presigned(invoke, strict.role);

  assert.equal((await strict.ask(asked)).body, '{"a":1}');
  assert.deepEqual(refusal(await strict.ask({ ...asked, body: "{}" })), [403, "InvalidSignatureException", MISMATCH]);
});

test("a presigned URL ends when it says, and says so in seconds", async () => {
  const asked = await presigned(get, strict.role, { expiresIn: 60 });
  try {
    strict.moveTo(new Date(NOW.getTime() + 60_000));
    assert.equal((await strict.ask(asked)).status, 200);
    strict.moveTo(new Date(NOW.getTime() + 61_000));
    assert.match(
      String(refusal(await strict.ask(asked))[2]),
      /^Signature expired: 20260101T000000Z is now earlier than /u,
    );
  } finally {
    strict.moveTo(NOW);
  }
  for (const wrong of ["1e9", "-1", "abc", "604801", ""]) {
    const changed = { ...asked, path: asked.path?.replace("X-Amz-Expires=60", `X-Amz-Expires=${wrong}`) ?? "" };
    assert.equal(refusal(await strict.ask(changed))[1], "IncompleteSignatureException", wrong);
  }
});

test("clocks five minutes apart are too far apart, with AWS's words", async () => {
  const asked = await signed(get, strict.role, { signingDate: new Date("2026-01-01T00:05:00Z") });
  assert.equal((await strict.ask(asked)).status, 200);

  const ahead = await signed(get, strict.role, { signingDate: new Date("2026-01-01T00:05:01Z") });
  assert.deepEqual(refusal(await strict.ask(ahead)), [
    403,
    "InvalidSignatureException",
    "Signature not yet current: 20260101T000501Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)",
  ]);
  const behind = await signed(get, strict.role, { signingDate: new Date("2025-12-31T23:54:59Z") });
  assert.deepEqual(refusal(await strict.ask(behind)), [
    403,
    "InvalidSignatureException",
    "Signature expired: 20251231T235459Z is now earlier than 20251231T235500Z (20260101T000000Z - 5 min.)",
  ]);
});

test("a signature is for one service, and covers the host", async () => {
  const asked = await signed(get, strict.role, { service: "sts" });
  assert.deepEqual(refusal(await strict.ask(asked)), [
    403,
    "InvalidSignatureException",
    "Credential should be scoped to correct service: 'lambda'. ",
  ]);
  const right = await signed(get, strict.role);
  const withoutHost = { ...right.headers, authorization: right.headers?.["authorization"]?.replace("host;", "") ?? "" };
  assert.equal(
    refusal(await strict.ask({ ...right, headers: withoutHost }))[2],
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  );
});

test("no signature, half of one and one of another kind have each their answer", async () => {
  assert.deepEqual(refusal(await local.ask(get)), [
    403,
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
  ]);
  const half = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/lambda/aws4_request";
  assert.deepEqual(refusal(await local.ask({ ...get, headers: { authorization: half } })), [
    403,
    "IncompleteSignatureException",
    "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256",
  ]);
  for (const authorization of [
    "Bearer x",
    "AWS4-HMAC-SHA256 ",
    "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c",
  ]) {
    const answer = await local.ask({ ...get, headers: { authorization, "x-amz-date": "20260101T000000Z" } });
    assert.deepEqual(refusal(answer).slice(0, 2), [403, "IncompleteSignatureException"], authorization);
  }
  const query = await local.ask({ path: `${get.path ?? ""}?X-Amz-Algorithm=AWS4-HMAC-SHA256` });
  assert.equal(refusal(query)[1], "IncompleteSignatureException");
});
