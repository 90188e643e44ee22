// The verifier against AWS's own signer as the oracle, and against everything that can be wrong with a signature.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { ServiceException } from "../../model/operation.ts";
import type { WireRequest } from "../protocols/protocol.ts";
import { createVerifier, type KnownKey } from "./sigv4.ts";

const signedAt = new Date("2026-01-01T00:00:00Z");
const key: KnownKey = {
  kind: "known",
  secret: "secret",
  accountId: "111122223333",
  principalArn: "arn:aws:iam::111122223333:user/u",
};
const verifier = (nowMs = signedAt.getTime()) =>
  createVerifier({ lookUpKey: (id) => (id === "AKIDKNOWN" ? key : { kind: "unknown" }), nowMs: () => nowMs });

async function aSignedRequest(accessKeyId = "AKIDKNOWN", secretAccessKey = "secret"): Promise<WireRequest> {
  const signer = new SignatureV4({
    service: "lambda",
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
  });
  const path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Af/invocations";
  const signed = await signer.sign(
    {
      method: "POST",
      protocol: "https:",
      hostname: "h",
      path,
      query: { Qualifier: "$LATEST", b: "x y" },
      headers: { host: "h", "x-amz-meta": "a  b" },
      body: "{}",
    },
    { signingDate: signedAt },
  );
  const headers = Object.fromEntries(
    Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method: "POST",
    path,
    query: new URLSearchParams({ Qualifier: "$LATEST", b: "x y" }),
    headers,
    body: Buffer.from("{}"),
    isSecure: false,
    remoteAddress: "127.0.0.1",
  };
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ServiceException);
    return `${error.status} ${error.code}`;
  }
  return "taken";
}

test("what AWS's signer signs is verified, with odd paths, queries and blanks", async () => {
  assert.equal(verifier()(await aSignedRequest(), "strict").principalArn, "arn:aws:iam::111122223333:user/u");
});

test("a changed body, path or secret is an invalid signature", async () => {
  const request = await aSignedRequest();

  assert.equal(
    refusal(() => verifier()({ ...request, body: Buffer.from("[]") }, "local")),
    "403 InvalidSignatureException",
  );
  assert.equal(
    refusal(() => verifier()({ ...request, path: "/x" }, "local")),
    "403 InvalidSignatureException",
  );
  const other = await aSignedRequest("AKIDKNOWN", "another");
  assert.equal(
    refusal(() => verifier()(other, "local")),
    "403 InvalidSignatureException",
  );
});

test("a signature is good for five minutes", async () => {
  const request = await aSignedRequest();

  assert.equal(
    refusal(() => verifier(signedAt.getTime() + 299_000)(request, "strict")),
    "taken",
  );
  assert.equal(
    refusal(() => verifier(signedAt.getTime() + 301_000)(request, "strict")),
    "403 InvalidSignatureException",
  );
});

test("an unknown key is the root of the account it names, or refused where all must be known", async () => {
  const request = await aSignedRequest("444455556666");

  assert.equal(verifier()(request, "local").principalArn, "arn:aws:iam::444455556666:root");
  assert.equal(
    refusal(() => verifier()(request, "strict")),
    "403 UnrecognizedClientException",
  );
});

test("no signature and half a signature have AWS's answers", async () => {
  const request = await aSignedRequest();
  const { authorization: _, ...unsigned } = request.headers;

  assert.equal(
    refusal(() => verifier()({ ...request, headers: unsigned }, "local")),
    "403 MissingAuthenticationTokenException",
  );
  const half = {
    ...request.headers,
    authorization: "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/lambda/aws4_request",
  };
  assert.equal(
    refusal(() => verifier()({ ...request, headers: half }, "local")),
    "403 IncompleteSignatureException",
  );
});
