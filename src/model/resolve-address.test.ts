// Addresses of functions in every form that clients may give, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { functionArn, parseFunctionAddress } from "./function-arn.ts";
import { aRequestContext } from "./operation.fixtures.ts";
import { ServiceException } from "./operation.ts";
import { type GivenAddress, resolveAddress } from "./resolve-address.ts";

const context = aRequestContext();

function refusal(input: GivenAddress): string {
  try {
    return `taken: ${resolveAddress(input, context, "lambda:GetFunction").arn}`;
  } catch (error) {
    assert.ok(error instanceof ServiceException);
    return `${error.status} ${error.code}: ${String(error.members["message"] ?? error.members["Message"])}`;
  }
}

const word = (characters: string, max: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...characters.split("")), { minLength: 1, maxLength: max }).map((it) => it.join(""));
const NAME = "abcXYZ019-_";
const name = word(NAME, 64);
const qualifier = fc.oneof(fc.constant("$LATEST"), fc.nat(9999).map(String), word(NAME, 20));
const account = fc.nat(999_999_999).map((it) => String(it).padStart(12, "1"));
const region = fc.constantFrom("us-east-1", "eu-central-1", "us-gov-west-1", "us-iso-east-1");

test("an ARN, qualified or not, gives back what it was made of", () => {
  fc.assert(
    fc.property(
      name,
      account,
      region,
      fc.option(qualifier, { nil: undefined }),
      (functionName, accountId, at, which) => {
        const arn = functionArn({ region: at, accountId, functionName, qualifier: which });

        assert.deepEqual(parseFunctionAddress(arn), { region: at, accountId, functionName, qualifier: which });
      },
    ),
  );
});

test("a name, a partial ARN and an ARN of the caller's own function are one address", () => {
  fc.assert(
    fc.property(name, fc.option(qualifier, { nil: undefined }), (functionName, which) => {
      // A name of 12 digits before a colon is an account.
      fc.pre(which === undefined || !/^\d{12}$/u.test(functionName));
      const tail = which === undefined ? functionName : `${functionName}:${which}`;
      const expected = functionArn({ region: "us-east-1", accountId: "111122223333", functionName, qualifier: which });

      for (const form of [tail, `function:${tail}`, `111122223333:function:${tail}`, expected]) {
        assert.equal(resolveAddress({ FunctionName: form }, context, "a").arn, expected, form);
      }
      const apart = resolveAddress({ FunctionName: functionName, Qualifier: which }, context, "a");
      assert.equal(apart.arn, expected);
    }),
  );
});

test("no text makes parsing do anything but give an address or none", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), word(`${NAME}:$arn:aws:lambda`, 60)), (text) => {
      const address = parseFunctionAddress(text);
      assert.ok(address === undefined || address.functionName.length > 0);
    }),
    { numRuns: 1000 },
  );
});

test("what does not fit is refused in AWS's words", () => {
  const pattern =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

  assert.equal(
    refusal({ FunctionName: "x y" }),
    `400 ValidationException: 1 validation error detected: Value 'x y' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  );
  assert.equal(
    refusal({}),
    "400 ValidationException: 1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null",
  );
  assert.equal(
    refusal({ FunctionName: "f".repeat(65) }),
    `400 ValidationException: 1 validation error detected: Value '${"f".repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  );
  assert.match(
    refusal({ FunctionName: "x y", Qualifier: "a b" }),
    /^400 ValidationException: 2 validation errors detected: Value 'x y' at 'functionName' .*; Value 'a b' at 'qualifier' /u,
  );
  assert.equal(
    refusal({ FunctionName: "f:1", Qualifier: "2" }),
    "400 InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier.",
  );
  assert.equal(
    refusal({ FunctionName: "f:1", Qualifier: "1" }),
    "taken: arn:aws:lambda:us-east-1:111122223333:function:f:1",
  );
});

test("a function elsewhere is not reachable, and one of another account not allowed", () => {
  assert.equal(
    refusal({ FunctionName: "arn:aws:lambda:eu-west-1:111122223333:function:f" }),
    "404 ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
  );
  assert.equal(
    refusal({ FunctionName: "444455556666:function:f" }),
    "403 AccessDeniedException: User: arn:aws:iam::111122223333:user/u is not authorized to perform: lambda:GetFunction on resource: arn:aws:lambda:us-east-1:444455556666:function:f",
  );
});
