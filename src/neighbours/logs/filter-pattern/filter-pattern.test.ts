// Filter patterns by the examples of CloudWatch Logs' user guide, by what it refuses, and against JavaScript's own regular expressions.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileFilterPattern } from "./filter-pattern.ts";
import { compileRegex } from "./regex.ts";

function matches(pattern: string, message: string): boolean {
  const compiled = compileFilterPattern(pattern);
  assert.ok(compiled.outcome === "compiled", `${pattern} is a pattern`);
  return compiled.matches(message);
}

const judged = (pattern: string, messages: readonly string[]): readonly boolean[] =>
  messages.map((it) => matches(pattern, it));

test("terms: all must occur, one of the optional ones, none of the excluded ones", () => {
  const messages = ["ERROR WARN message", "ERROR message", "WARN message"];

  assert.deepEqual(judged("", messages), [true, true, true]);
  assert.deepEqual(judged("ERROR", messages), [true, true, false]);
  assert.deepEqual(judged("error", messages), [false, false, false]);
  assert.deepEqual(judged("ERROR WARN", messages), [true, false, false]);
  assert.deepEqual(judged("?ERROR ?WARN", messages), [true, true, true]);
  assert.deepEqual(judged("ERROR -WARN", messages), [false, true, false]);
  assert.deepEqual(judged('"R W"', messages), [true, false, false]);
  assert.deepEqual(judged("%^WARN|RR%", messages), [true, true, true]);
});

test("quoted terms hold any character, quotes and backslashes escaped", () => {
  assert.ok(matches(String.raw`"say \"a\\b\""`, String.raw`I say "a\b" now`));
  assert.ok(matches('"ERROR: [x]" -"y.z"', "ERROR: [x]"));
});

const trail = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  "cluster.name": "c",
  latency: 55.5,
});
const user = JSON.stringify({
  user: { id: 1, email: "John.Stiles@example.com" },
  users: [
    { id: 2, email: "John.Doe@example.com" },
    { id: 3, email: "Jane.Doe@example.com" },
  ],
  actions: ["GET", "PUT", "DELETE"],
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
    [7, 8, 9],
  ],
});

test("JSON: what the user guide says of its own examples holds", () => {
  for (const pattern of [
    '{ $.eventType = "UpdateTrail" }',
    "{ $.eventType = Update* }",
    '{ $.eventType = "*Trail" }',
    "{ $.sourceIPAddress != 123.123.* }",
    '{ $.arrayKey[0] = "value" }',
    "{ $.objectList[1].id = 2 }",
    "{ $.SomeObject IS NULL }",
    "{ $.SomeOtherObject NOT EXISTS }",
    "{ $.SomeObject EXISTS }",
    "{ $.ThisFlag IS TRUE }",
    "{ $.['cluster.name'] = \"c\" }",
    "{ $.objectList[*].id = 2 }",
    "{ $.latency <= 55.5 && $.latency > +5e1 }",
    "{ $.eventType = %^Update[A-Z]\\w+$% }",
  ]) {
    assert.ok(matches(pattern, trail), pattern);
  }
  for (const pattern of [
    "{ $.arrayKey = 1 }",
    "{ $.arrayKey != 1 }",
    "{ $.SomeObject NOT EXISTS }",
    "{ $.SomeOtherObject IS NULL }",
    "{ $.SomeOtherObject != 1 }",
    "{ $.ThisFlag IS FALSE }",
    '{ $.eventType = "Up*Trail" }',
    "{ $.latency > 55.5 }",
    "{ $.eventType > 3 }",
  ]) {
    assert.ok(!matches(pattern, trail), pattern);
  }
});

test("JSON: && binds tighter than ||, parentheses tightest", () => {
  assert.deepEqual(
    [
      '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }',
      '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }',
      '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
      '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
    ].map((pattern) => matches(pattern, user)),
    [true, false, true, false],
  );
});

test("JSON: a message that is no JSON matches nothing", () => {
  assert.deepEqual(judged("{ $.a NOT EXISTS }", ["plain", "{broken", "3", '{"b":1}\n']), [false, false, false, true]);
});

const access = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

test("space-delimited: fields by place, with conditions and one ellipsis", () => {
  for (const pattern of [
    "[ip, user, username, timestamp, request, status_code, bytes]",
    "[..., status_code, bytes]",
    "[ip, user, ..., status_code, bytes]",
    "[ip, user, ...]",
    "[..., request=*.html*, status_code=4*,]",
    "[ip, user, username, timestamp, request = *html*, status_code = 4* && status_code != 403, bytes > 1000]",
    '[ip="127.0.0.1", ...]',
    "[ip, user, username=frank||username=bob, ...]",
    "[..., status = %40[0-9]%, bytes]",
    "[ip=127.0.0.1, user, username=(x), ...]".replace("=(x)", ""),
  ]) {
    assert.ok(matches(pattern, access), pattern);
  }
  for (const pattern of [
    "[ip, user]",
    "[..., bytes > 2000]",
    "[..., status_code >= 400 && status_code < 404, bytes]",
    "[a, b, c, d, e, f, g, h, ...]",
  ]) {
    assert.ok(!matches(pattern, access), pattern);
  }
  assert.deepEqual(judged("[w1!=ERROR && w1=!WARN, w2]", ["ERROR x", "WARN x", "INFO x"]), [false, false, true]);
});

test("what is no pattern is refused", () => {
  for (const pattern of [
    "{ $.a = 1",
    "{ a = 1 }",
    "{ $ = 1 }",
    "{ $.a }",
    "{ $.a = }",
    "{ $.a > x }",
    "{ $.a = 1 && }",
    "{ ($.a = 1 }",
    "{ $.a IS x }",
    "{ $.a = 1 } x",
    "{ }",
    "[a, b",
    "[..., a, ...]",
    "[a = 1 && b = 2]",
    "[a] b",
    '"open',
    "%open",
    "%(a)%",
    "%something!%",
    "%é%",
    "%a% %b% %c%",
    `{ ${"(".repeat(40)}$.a = 1${")".repeat(40)} }`,
  ]) {
    assert.deepEqual(compileFilterPattern(pattern), { outcome: "invalid", message: "Invalid filter pattern" }, pattern);
  }
  assert.deepEqual(compileFilterPattern("a.b"), {
    outcome: "invalid",
    message: "Invalid character(s) in term 'a.b'",
  });
});

test("no text makes the parser do anything but compile or refuse", () => {
  const token = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "$",
    ".",
    "a",
    "1",
    "=",
    "&&",
    "||",
    '"',
    "%",
    " ",
    ",",
    "IS",
    "*",
    "?",
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.string(), (tokens, message) => {
      const compiled = compileFilterPattern(tokens.join(""));
      if (compiled.outcome === "compiled") assert.equal(typeof compiled.matches(message), "boolean");
    }),
    { numRuns: 2000 },
  );
});

test("regular expressions match what JavaScript's would", () => {
  const unit = fc.constantFrom("a", "b", "1", ".", "[ab]", "[^a]", "[a-c1]", "\\d", "\\w", "\\.", "^", "$");
  const times = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "{2,}");
  const expression = fc
    .array(
      fc.array(
        fc.tuple(unit, times).map(([what, how]) => (/^[\^$]$/u.test(what) ? what : what + how)),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((alternatives) => alternatives.map((it) => it.join("")).join("|"));
  const text = fc.array(fc.constantFrom("a", "b", "c", "1", ".", "|", "\n"), { maxLength: 8 }).map((it) => it.join(""));
  fc.assert(
    fc.property(expression, text, (source, subject) => {
      assert.equal(compileRegex(source)?.(subject), new RegExp(source, "u").test(subject), source);
    }),
    { numRuns: 3000 },
  );
});

test("an expression that makes others backtrack for ever is answered at once", () => {
  const regex = compileRegex(`${"a*".repeat(20)}b`);

  assert.equal(regex?.("a".repeat(20_000)), false);
});
