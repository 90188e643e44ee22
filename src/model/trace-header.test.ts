// The trace header: what is well-formed is taken, everything else counts as not said.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseTraceHeader, traceHeaderText } from "./trace-header.ts";

const root = "1-5759e988-bd862e3fe1be46a994272793";
const parent = "53995c3f42cd8ad8";
const nothing = { root: undefined, parent: undefined, sampled: undefined, lineage: undefined };

test("fields are read in any order, with spaces and names in any case; others are passed over", () => {
  assert.deepEqual(parseTraceHeader(`Sampled=1; Self=1-2-3 ;parent=${parent};Root=${root};Lineage=1:a87bd80c:0`), {
    root,
    parent,
    sampled: true,
    lineage: "1:a87bd80c:0",
  });
  assert.deepEqual(parseTraceHeader(`Root=${root};Sampled=?`), { ...nothing, root });
});

test("what is malformed counts as not said, and so does a parent without its trace", () => {
  for (const text of [undefined, "", "Root", "Root=1;Parent=2;Sampled=3", `Parent=${parent}`, `Root=${root}\r\nX: y`])
    assert.deepEqual(parseTraceHeader(text), nothing);
  assert.deepEqual(parseTraceHeader(`Root=${root}${";".repeat(1_024)}`), nothing);
});

test("every header that is written is read back", () => {
  const hex = (length: number) =>
    fc
      .array(fc.nat(15), { minLength: length, maxLength: length })
      .map((all) => all.map((it) => it.toString(16)).join(""));
  const header = fc.record({
    root: fc.tuple(hex(8), hex(24)).map(([time, rest]) => `1-${time}-${rest}`),
    parent: hex(16),
    sampled: fc.boolean(),
    lineage: fc.option(hex(8), { nil: undefined }),
  });
  fc.assert(fc.property(header, (it) => assert.deepEqual(parseTraceHeader(traceHeaderText(it)), { ...it })));
});

test("no text breaks the reading", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { root: read } = parseTraceHeader(text);
      assert.ok(read === undefined || text.includes(read));
    }),
  );
});
