// Settings: what is taken, and what is refused with what is right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "./settings.ts";

test("an account's concurrent executions are a thousand unless set, by flag over environment", () => {
  assert.equal(readSettings([], {}).concurrentExecutions, 1000);
  assert.equal(readSettings([], { HEARTH_CONCURRENT_EXECUTIONS: "100000" }).concurrentExecutions, 100_000);
  const both = readSettings(["--concurrent-executions", "1"], { HEARTH_CONCURRENT_EXECUTIONS: "5" });
  assert.equal(both.concurrentExecutions, 1);
});

test("what is no number from 1 to 100000 is refused with what is right", () => {
  for (const text of ["0", "100001", "1.5", "-1", "many", ""]) {
    assert.throws(() => readSettings(["--concurrent-executions", text], {}), {
      message: `HEARTH_CONCURRENT_EXECUTIONS is ${text}; it is a whole number from 1 to 100000`,
    });
  }
});

test("interpreters are directories separated by colons, and none unless set", () => {
  assert.deepEqual(readSettings([], {}).interpreters, []);
  const { interpreters } = readSettings([], { HEARTH_INTERPRETERS: "/opt/java-21:/srv/../srv/trixie:" });
  assert.deepEqual(interpreters, ["/opt/java-21", "/srv/trixie"]);
});

test("an OTLP endpoint is an HTTP URL, and none unless set", () => {
  assert.equal(readSettings([], {}).otlpEndpoint, undefined);
  assert.equal(readSettings(["--otlp-endpoint", "http://here:4318/"], {}).otlpEndpoint, "http://here:4318");
  for (const text of ["here:4318", "grpc://here:4317", "nonsense"]) {
    assert.throws(() => readSettings(["--otlp-endpoint", text], {}), {
      message: `HEARTH_OTLP_ENDPOINT is ${text}; it is a URL that begins with http:// or https://`,
    });
  }
});
