// Admission against a model: a list of admissions that are held, whatever is admitted, given back and set in whichever order.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createVirtualClock } from "../../foundation/clock.ts";
import { NO_CONCURRENCY } from "../../model/concurrency.ts";
import { type Admission, type CountedFunction, createCounting } from "./counting.ts";

const at = (functionName: string, given: Partial<CountedFunction> = {}): CountedFunction => ({
  accountId: "111122223333",
  region: "us-east-1",
  functionName,
  ...given,
});

/** Counting with a pool of this size. */
function aCounting(limit = 1000) {
  const clock = createVirtualClock();
  return { clock, counting: createCounting({ clock, concurrentExecutions: () => limit }) };
}
const reserved = (count: number) => ({ reserved: count, provisioned: new Map() });
const provisioned = (count: number, qualifier = "live") => ({
  reserved: undefined,
  provisioned: new Map([[qualifier, count]]),
});
const told = (it: Admission): string => (it.outcome === "admitted" ? it.kind : it.reason);

interface Held {
  readonly functionName: string;
  readonly pool: string;
  readonly admission: Admission;
}

const POOLS = ["111122223333/us-east-1", "111122223333/eu-central-1", "444455556666/us-east-1"] as const;
const NAMES = ["a", "b", "c"] as const;
const LIMIT = 6;
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("admit" as const),
      name: fc.constantFrom(...NAMES),
      pool: fc.constantFrom(...POOLS),
      isAlias: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("dispose" as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("configure" as const),
      name: fc.constantFrom(...NAMES),
      reserved: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
      provisioned: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("ready" as const),
      name: fc.constantFrom(...NAMES),
      ready: fc.integer({ min: 0, max: 3 }),
    }),
  },
);

// The model is the list of admissions that are held. Settings change under them, so what is bounded is checked where
// something is admitted: never over the pool, never over what is reserved, never a provisioned one that is not ready.
test("in no interleaving is a limit passed or a count leaked", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { clock, counting } = aCounting(LIMIT);
      const all: Held[] = [];
      const held = new Set<Held>();
      const limits = new Map<string, number>();
      for (const it of steps) {
        clock.advance(1000);
        if (it.do === "admit") {
          const [accountId = "", region = ""] = it.pool.split("/");
          const admission = counting.admit(at(it.name, { accountId, region }), it.isAlias ? "live" : undefined);
          const entry = { functionName: it.name, pool: it.pool, admission };
          all.push(entry);
          if (admission.outcome !== "admitted") continue;
          held.add(entry);
          const ofPool = [...held].filter((one) => one.pool === it.pool);
          assert.ok(ofPool.length <= LIMIT);
          const bound = it.pool === POOLS[0] ? (limits.get(it.name) ?? LIMIT) : LIMIT;
          assert.ok(ofPool.filter((one) => one.functionName === it.name).length <= bound);
        } else if (it.do === "dispose") {
          const entry = all[it.which % Math.max(1, all.length)];
          entry?.admission[Symbol.dispose]();
          if (entry !== undefined) held.delete(entry);
        } else if (it.do === "configure") {
          const wanted = Math.min(it.provisioned, it.reserved ?? 2);
          const map = new Map(wanted === 0 ? [] : [["live", wanted]]);
          counting.configure(at(it.name), { reserved: it.reserved, provisioned: map });
          if (it.reserved === undefined) limits.delete(it.name);
          else limits.set(it.name, it.reserved);
        } else counting.provisionedReady(at(it.name), "live", it.ready);
        for (const pool of POOLS) {
          const [accountId = "", region = ""] = pool.split("/");
          assert.equal(counting.inFlight(accountId, region), [...held].filter((one) => one.pool === pool).length);
        }
      }
      for (const { admission } of held) admission[Symbol.dispose]();
      for (const name of NAMES) counting.configure(at(name), NO_CONCURRENCY);
      const empty = { limit: LIMIT, claimed: 0, inFlight: 0, unreserved: 0 };
      assert.deepEqual(counting.poolUsage("111122223333", "us-east-1"), empty);
      assert.deepEqual(counting.functionUsage(at("a")), { inFlight: 0, onDemand: 0 });
    }),
  );
});

test("what a function has reserved is there for it, whatever all others ask for, as long as nothing is set anew", () => {
  const ask = fc.record({ name: fc.constantFrom(...NAMES), isEnd: fc.boolean(), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 80 }), (steps) => {
      const { clock, counting } = aCounting(LIMIT);
      counting.configure(at("a"), reserved(2));
      const held: { name: string; admission: Admission }[] = [];
      for (const { name, isEnd, which } of steps) {
        clock.advance(1000);
        if (isEnd) {
          for (const { admission } of held.splice(which % Math.max(1, held.length), 1)) admission[Symbol.dispose]();
          continue;
        }
        const ofA = held.filter((it) => it.name === "a").length;
        const others = held.length - ofA;
        const admission = counting.admit(at(name));
        const expected = name === "a" ? ofA < 2 : others < LIMIT - 2;
        assert.equal(admission.outcome, expected ? "admitted" : "throttled");
        if (admission.outcome === "admitted") held.push({ name, admission });
      }
    }),
  );
});

test("a throttled request is told why, and the next one is admitted when an execution has ended", () => {
  const { counting } = aCounting(1);
  const first = counting.admit(at("f"));

  const second = counting.admit(at("f"));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  const third = counting.admit(at("f"));

  assert.equal(told(second), "ConcurrentInvocationLimitExceeded");
  assert.equal(third.outcome, "admitted");
  assert.equal(told(counting.admit(at("f"))), "ConcurrentInvocationLimitExceeded");
});

test("an account starts with AWS's pool of 1,000", () => {
  const counting = createCounting({ clock: createVirtualClock() });
  for (let admitted = 0; admitted < 1000; admitted++) assert.equal(counting.admit(at("f")).outcome, "admitted");

  assert.equal(counting.admit(at("f")).outcome, "throttled");
});

test("reserved concurrency bounds a function over all qualifiers, and 0 switches it off", () => {
  const { counting } = aCounting();
  counting.configure(at("f"), reserved(2));
  counting.configure(at("off"), reserved(0));

  const answers = [undefined, "1", "live"].map((qualifier) => told(counting.admit(at("f"), qualifier)));

  assert.deepEqual(answers, ["onDemand", "onDemand", "ReservedFunctionConcurrentInvocationLimitExceeded"]);
  assert.equal(told(counting.admit(at("off"))), "ReservedFunctionConcurrentInvocationLimitExceeded");
});

test("what is reserved or provisioned is missing in the pool that all others share", () => {
  const { counting } = aCounting(10);
  counting.configure(at("f"), reserved(4));
  counting.configure(at("g"), provisioned(3));

  const answers = [1, 2, 3, 4].map(() => told(counting.admit(at("h"))));

  assert.deepEqual(answers, ["onDemand", "onDemand", "onDemand", "ConcurrentInvocationLimitExceeded"]);
  assert.deepEqual(counting.poolUsage("111122223333", "us-east-1"), {
    limit: 10,
    claimed: 7,
    inFlight: 3,
    unreserved: 3,
  });
});

test("an invocation of a qualifier takes a ready provisioned environment, and spills over when all are in use", () => {
  const { counting } = aCounting();
  counting.configure(at("f"), provisioned(2));
  const before = counting.admit(at("f"), "live");
  counting.provisionedReady(at("f"), "live", 2);

  const [first, ...more] = [1, 2, 3].map(() => counting.admit(at("f"), "live"));
  const other = counting.admit(at("f"), "1");
  first?.[Symbol.dispose]();
  const again = counting.admit(at("f"), "live");

  assert.equal(told(before), "onDemand");
  assert.deepEqual(
    [first, ...more].map((it) => it && told(it)),
    ["provisioned", "provisioned", "onDemand"],
  );
  assert.equal(told(other), "onDemand");
  assert.equal(told(again), "provisioned");
});

test("where all that is reserved is provisioned, nothing runs on demand", () => {
  const { counting } = aCounting();
  counting.configure(at("f"), { reserved: 1, provisioned: new Map([["live", 1]]) });
  counting.provisionedReady(at("f"), "live", 1);

  assert.equal(told(counting.admit(at("f"))), "ReservedFunctionConcurrentInvocationLimitExceeded");
  assert.equal(told(counting.admit(at("f"), "live")), "provisioned");
  assert.equal(told(counting.admit(at("f"), "live")), "ReservedFunctionConcurrentInvocationLimitExceeded");
});

test("executions go on when their function's setting is taken away, and count as what they are then", () => {
  const { counting } = aCounting(3);
  counting.configure(at("f"), provisioned(2));
  counting.provisionedReady(at("f"), "live", 2);
  const running = [counting.admit(at("f"), "live"), counting.admit(at("f"), "live")];

  counting.configure(at("f"), NO_CONCURRENCY);

  assert.equal(counting.poolUsage("111122223333", "us-east-1").unreserved, 2);
  assert.equal(told(counting.admit(at("g"))), "onDemand");
  assert.equal(told(counting.admit(at("g"))), "ConcurrentInvocationLimitExceeded");
  for (const it of running) it[Symbol.dispose]();
  assert.equal(counting.poolUsage("111122223333", "us-east-1").unreserved, 1);
});

/** Admits one after the other until one is throttled. */
function burst(counting: ReturnType<typeof createCounting>, key: CountedFunction): [number, string] {
  for (let admitted = 0; ; admitted++) {
    using admission = counting.admit(key);
    if (admission.outcome === "throttled") return [admitted, admission.reason];
  }
}

test("requests are admitted at ten times the concurrency a second, of the account or of what is reserved", () => {
  const { clock, counting } = aCounting(5);
  counting.configure(at("f"), reserved(2));

  assert.deepEqual(burst(counting, at("g")), [50, "FunctionInvocationRateLimitExceeded"]);
  assert.deepEqual(burst(counting, at("f")), [20, "ReservedFunctionInvocationRateLimitExceeded"]);
  clock.advance(500);
  assert.equal(burst(counting, at("g"))[0], 25);
  assert.equal(burst(counting, at("f"))[0], 10);
});

test("a function may start 1,000 environments at once and 1,000 more each ten seconds, whatever others start", () => {
  const { clock, counting } = aCounting();
  const starts = (name: string): number => {
    let count = 0;
    while (counting.admitStart(at(name))) count++;
    return count;
  };

  assert.equal(starts("f"), 1000);
  assert.equal(starts("g"), 1000);
  clock.advance(1_000);
  assert.equal(starts("f"), 100);
  clock.advance(60_000);
  assert.equal(starts("f"), 1000);
});

test("every account's pool in every region is listed with what is in flight of it", () => {
  const counting = createCounting({ clock: createVirtualClock(), concurrentExecutions: () => 10 });
  const key = { accountId: "111122223333", region: "us-east-1", functionName: "f" };
  using _held = counting.admit(key);
  counting.configure({ ...key, region: "eu-west-1" }, { reserved: 3, provisioned: new Map() });

  assert.deepEqual(counting.pools(), [
    { accountId: "111122223333", region: "us-east-1", limit: 10, claimed: 0, inFlight: 1, unreserved: 1 },
    { accountId: "111122223333", region: "eu-west-1", limit: 10, claimed: 3, inFlight: 0, unreserved: 0 },
  ]);
});

test("an admission tells what is under way with it, and whether it spilled over", () => {
  const { counting } = aCounting(10);
  counting.configure(at("a"), provisioned(1));
  counting.provisionedReady(at("a"), "live", 1);
  using first = counting.admit(at("a"), "live");
  using second = counting.admit(at("a"), "live");
  using third = counting.admit(at("b"));
  counting.configure(at("b"), reserved(1));
  const refused = counting.admit(at("b"));

  assert.deepEqual(first.underWay, {
    ofFunction: 1,
    ofAccount: 1,
    unreserved: 0,
    claimed: 1,
    provisioned: { inUse: 1, ready: 1 },
  });
  const spilled = [first, second, third].map((it) => it.outcome === "admitted" && it.isSpillover);
  assert.deepEqual(spilled, [false, true, false]);
  assert.deepEqual(
    [third, refused].map(({ underWay }) => [underWay.ofFunction, underWay.ofAccount, underWay.unreserved]),
    [
      [1, 3, 2],
      [1, 3, 1],
    ],
  );
  assert.deepEqual(counting.running(), [
    { ...at("a"), inFlight: 2, provisioned: [{ qualifier: "live", inUse: 1, ready: 1 }] },
    { ...at("b"), inFlight: 1, provisioned: [] },
  ]);
});
