// Which requests mean a directory of this machine, and which of those are refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceException } from "../../model/operation.ts";
import { localCode } from "./local-code.ts";

const allowed = ["/srv/functions", "/home/me"];
const pathOf = (S3Bucket: string, S3Key: string): string | undefined => {
  try {
    return localCode({ S3Bucket, S3Key }, allowed)?.localPath ?? "a bucket like any other";
  } catch (error) {
    assert.ok(error instanceof ServiceException);
    assert.equal(error.code, "InvalidParameterValueException");
    return error.message;
  }
};

test("the two buckets mean directories, any other is a bucket", () => {
  assert.equal(pathOf("hearth-local", "/srv/functions/a"), "/srv/functions/a");
  assert.equal(pathOf("hot-reload", "/srv/functions/a/../b/"), "/srv/functions/b");
  assert.equal(pathOf("hot-reload", "/home/me"), "/home/me");
  assert.equal(pathOf("mine", "/srv/functions/a"), "a bucket like any other");
});

test("what is not below an allowed directory is refused, and says what to do", () => {
  for (const outside of ["/srv/functions-of-others", "/srv/functions/../secret", "/etc", "/"])
    assert.match(pathOf("hot-reload", outside) ?? "", /is not below a directory of HEARTH_LOCAL_CODE/u);
  assert.match(pathOf("hot-reload", "relative") ?? "", /the key is the absolute path of a directory/u);
  assert.throws(() => localCode({ S3Bucket: "hot-reload", S3Key: "/a" }, []), /start Hearth with HEARTH_LOCAL_CODE/u);
});
