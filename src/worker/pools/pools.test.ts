import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../foundation/clock.ts";
import { createDeferred } from "../../foundation/deferred.ts";
import { afterIo } from "../../foundation/host.ts";
import { aDriver, type FakeDriver } from "./pools.fixtures.ts";
import { createPools, type Pools, type SandboxNeed } from "./pools.ts";

const node: SandboxNeed = {
  rootfs: "/roots/nodejs",
  isImage: false,
  bootPlan: { canBoot: true, boot: { command: ["node", "index.mjs"], environment: { TZ: ":UTC" } } },
};
const own: SandboxNeed = {
  rootfs: "/roots/provided",
  isImage: false,
  bootPlan: { canBoot: false, reason: "the package's own" },
};

const settled = (): Promise<void> => new Promise((resolve) => afterIo(resolve));

interface World {
  readonly pools: Pools;
  readonly driver: FakeDriver;
  readonly faults: unknown[];
  /** Lets time pass until nothing is left to be done in it. */
  pass(ms: number): Promise<void>;
}

function aWorld(given: { driver?: FakeDriver; sandboxesMax?: number } = {}): World {
  const clock = createVirtualClock(1_000);
  const driver = given.driver ?? aDriver();
  const faults: unknown[] = [];
  const pools = createPools({
    clock,
    driver,
    sandboxesMax: given.sandboxesMax ?? 16,
    makingMax: 2,
    onPooled: () => undefined,
    onFault: (error) => faults.push(error),
  });
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10);
      await settled();
    }
  }
  return { pools, driver, faults, pass };
}

test("the first start of a function finds the runtime that was booted when it was published", async () => {
  const { pools, driver, pass } = aWorld();
  void pools.expect(node);
  await pass(200);

  const taken = await pools.take(node);

  assert.deepEqual([taken.poolLevel, taken.poolMiss], [2, undefined]);
  assert.deepEqual(driver.made[0]?.booted?.command, ["node", "index.mjs"]);
  assert.equal(driver.made[0]?.spec.isBackground, true);
});

test("a sandbox is given once: the next start gets one of its own", async () => {
  const { pools, pass } = aWorld();
  void pools.expect(node);
  await pass(200);

  const [first, second] = await Promise.all([pools.take(node), pools.take(node)]);

  assert.notEqual(first.sandbox, second.sandbox);
  assert.deepEqual([first.poolLevel, second.poolLevel], [2, 0]);
  assert.equal(second.poolMiss, "the pool is empty");
});

test("what can't be booted ahead takes a bare sandbox, and says why", async () => {
  const { pools, driver, pass } = aWorld();
  void pools.expect(own);
  await pass(200);

  const taken = await pools.take(own);

  assert.deepEqual([taken.poolLevel, taken.poolMiss], [1, "the package's own"]);
  assert.equal(driver.made[0]?.booted, undefined);
});

test("a runtime of another memory size or variables is another kind: it is not taken", async () => {
  const { pools, pass } = aWorld();
  void pools.expect(node);
  await pass(200);
  const other: SandboxNeed = {
    rootfs: node.rootfs,
    isImage: false,
    bootPlan: { canBoot: true, boot: { command: ["node", "--max-old-space-size=900", "index.mjs"], environment: {} } },
  };

  assert.equal((await pools.take(other)).poolLevel, 0);
});

test("what was taken is made anew when there is a pause, as many as one burst took", async () => {
  const { pools, pass } = aWorld();
  await Promise.all([pools.take(node), pools.take(node), pools.take(node)]);

  await pass(2_000);

  // Three booted, and a bare one for what can't be.
  assert.deepEqual(pools.waiting(), { 1: 1, 2: 3 });
});

test("nothing is made ahead while invocations follow each other closely, but one a second", async () => {
  const { pools, driver, pass } = aWorld();
  void pools.expect(node);
  for (let ms = 0; ms < 900; ms += 10) {
    pools.noteWork();
    await pass(10);
  }
  assert.equal(driver.made.length, 0);

  for (let ms = 0; ms < 200; ms += 10) {
    pools.noteWork();
    await pass(10);
  }

  assert.equal(driver.made.length, 1);
});

test("no more wait than may", async () => {
  const { pools, pass } = aWorld({ sandboxesMax: 2 });
  await Promise.all([pools.take(node), pools.take(node), pools.take(node)]);

  await pass(2_000);

  const { 1: bare, 2: booted } = pools.waiting();
  assert.equal(bare + booted, 2);
});

test("a pool of none makes nothing ahead, and says so", async () => {
  const { pools, driver, pass } = aWorld({ sandboxesMax: 0 });
  void pools.expect(node);
  await pass(2_000);

  const taken = await pools.take(node);

  assert.deepEqual([taken.poolLevel, taken.poolMiss], [0, "pools are switched off"]);
  assert.equal(driver.made.length, 1);
});

test("plain processes are not made ahead", async () => {
  const { pools, driver, pass } = aWorld({ driver: aDriver({ canPool: false }) });
  void pools.expect(node);
  await pass(2_000);

  assert.equal((await pools.take(node)).poolMiss, "plain processes are not pooled");
  assert.equal(driver.made.length, 1);
});

test("a runtime that has ended while it waited is not given to a function", async () => {
  const { pools, driver, pass } = aWorld();
  void pools.expect(node);
  await pass(200);
  driver.made[0]?.die();

  const taken = await pools.take(node);

  assert.notEqual(taken.sandbox, driver.made[0]);
  assert.equal(driver.made[0]?.isDisposed, true);
});

test("starts beyond what the machine makes at once take turns, and a failed one passes its turn on", async () => {
  const gates = [createDeferred<void>(), createDeferred<void>(), createDeferred<void>(), createDeferred<void>()];
  let next = 0;
  const driver = aDriver({ create: () => gates[next++]?.promise ?? Promise.resolve() });
  const { pools } = aWorld({ driver, sandboxesMax: 0 });
  const starts = gates.map(() =>
    pools.take(node).then(
      () => "made",
      () => "failed",
    ),
  );
  await settled();

  gates[0]?.reject(new Error("no room"));
  for (const gate of gates.slice(1)) {
    await settled();
    gate.resolve();
  }

  assert.deepEqual(await Promise.all(starts), ["failed", "made", "made", "made"]);
  assert.equal(driver.making.most, 2);
});

test("a sandbox that could not be made ahead is a fault, and tried again later", async () => {
  let fails = true;
  const driver = aDriver({ create: () => (fails ? Promise.reject(new Error("no room")) : Promise.resolve()) });
  const { pools, faults, pass } = aWorld({ driver });
  void pools.expect(node);
  await pass(1_000);
  assert.equal(faults.length, 1);

  fails = false;
  await pass(12_000);

  assert.equal(pools.waiting()[2], 1);
});

test("disposal ends what waits, and makes no more", async () => {
  const { pools, driver, pass } = aWorld();
  void pools.expect(node);
  await pass(200);

  await pools[Symbol.asyncDispose]();
  await pass(2_000);

  assert.deepEqual(
    driver.made.map((it) => it.isDisposed),
    [true],
  );
});

test("a publication waits until something waits for its function, but not for long", async () => {
  const { pools, pass } = aWorld();
  let isDone = false;
  const expecting = pools.expect(node).then(() => (isDone = true));
  await settled();
  assert.equal(isDone, false);

  await pass(200);

  assert.equal(isDone, true);
  await expecting;
  await pools.expect(node);
});

test("it does not wait where nothing can be made ahead, nor where nothing comes", async () => {
  await aWorld({ sandboxesMax: 0 }).pools.expect(node);
  await aWorld({ driver: aDriver({ canPool: false }) }).pools.expect(node);
  const stuck = aWorld({ driver: aDriver({ create: () => new Promise(() => undefined) }) });
  const expecting = stuck.pools.expect(node);

  await stuck.pass(2_100);

  await expecting;
});

test("a runtime that never waits for its function is given up, and another is made", async () => {
  const driver = aDriver();
  const { pools, faults, pass } = aWorld({ driver });
  driver.bootsNever = true;
  void pools.expect(node);
  await pass(61_000);
  assert.equal(faults.length, 1);
  assert.equal(driver.made[0]?.isDisposed, true);

  driver.bootsNever = false;
  await pass(12_000);

  assert.equal(pools.waiting()[2], 1);
});
