// The control plane over real stores in a directory of its own, publishing to memory, with a virtual clock.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVirtualClock } from "../foundation/clock.ts";
import { createDeferred, type Deferred } from "../foundation/deferred.ts";
import { afterIo } from "../foundation/host.ts";
import { createSerially } from "../foundation/serially.ts";
import type { Alias } from "../model/alias.ts";
import { type FunctionConcurrency, NO_CONCURRENCY, type ProvisionedStatus } from "../model/concurrency.ts";
import type { EventInvokeConfig } from "../model/event-invoke-config.ts";
import { type FunctionVersion, functionKey, packagesOf } from "../model/function-version.ts";
import { layerKey } from "../model/layer.ts";
import { aRequestContext } from "../model/operation.fixtures.ts";
import type { Members } from "../model/operation.ts";
import { createBlobStore } from "../store/blob-store.ts";
import { migrate } from "../store/migrations.ts";
import { createSeal } from "../store/seal.ts";
import { openSqlite } from "../store/sqlite.ts";
import { type AliasTables, createAliasStore } from "./aliases/alias-store.ts";
import { type ConcurrencyTables, createConcurrencyStore } from "./concurrency/concurrency-store.ts";
import { type ControlPlane, createControlPlane } from "./control-plane.ts";
import {
  createEventInvokeConfigStore,
  type EventInvokeConfigTables,
} from "./event-invoke-configs/event-invoke-config-store.ts";
import { aZip } from "./functions/code-package.fixtures.ts";
import { createFunctionStore, type FunctionTables } from "./functions/function-store.ts";
import { createLayerStore, type LayerStore, type LayerTables } from "./layers/layer-store.ts";
import type { ControlPlaneParts, Publication } from "./parts.ts";
import { createResourcePolicyStore, type ResourcePolicyTables } from "./permissions/resource-policy-store.ts";

type Tables = FunctionTables &
  AliasTables &
  ConcurrencyTables &
  EventInvokeConfigTables &
  ResourcePolicyTables &
  LayerTables;

const START_MS = 1_767_225_600_000;

/** Versions and aliases in memory, as the data plane keeps them. */
function createPublication(): Publication {
  const all = new Map<string, FunctionVersion>();
  const aliases = new Map<string, Alias>();
  const concurrencies = new Map<string, FunctionConcurrency>();
  const configs = new Map<string, EventInvokeConfig>();
  const policies = new Map<string, string>();
  const keyOf = (it: Parameters<typeof functionKey>[0], version: string): string => `${functionKey(it)}:${version}`;
  const versions = (key: Parameters<typeof functionKey>[0]): readonly FunctionVersion[] =>
    [...all.values()]
      .filter((it) => functionKey(it) === functionKey(key))
      .sort((a, b) => (Number(a.version) || 0) - (Number(b.version) || 0));
  return {
    get: (key, version) => all.get(keyOf(key, version)),
    versions,
    functions: (accountId, region) =>
      [...all.values()].filter((it) => it.version === "$LATEST" && it.accountId === accountId && it.region === region),
    publish: (version) => void all.set(keyOf(version, version.version), version),
    remove(key, version) {
      for (const it of versions(key))
        if (version === undefined || it.version === version) all.delete(keyOf(it, it.version));
      for (const it of aliases.values())
        if (version === undefined && functionKey(it) === functionKey(key)) aliases.delete(keyOf(it, it.name));
      if (version === undefined) concurrencies.delete(functionKey(key));
      for (const named of [configs, policies])
        for (const name of named.keys())
          if (version === undefined && name.startsWith(keyOf(key, ""))) named.delete(name);
    },
    alias: (key, name) => aliases.get(keyOf(key, name)),
    aliases: (key) =>
      [...aliases.values()]
        .filter((it) => functionKey(it) === functionKey(key))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    publishAlias: (alias) => void aliases.set(keyOf(alias, alias.name), alias),
    removeAlias: (key, name) => void aliases.delete(keyOf(key, name)),
    concurrency: (key) => concurrencies.get(functionKey(key)) ?? NO_CONCURRENCY,
    publishConcurrency: (key, concurrency) => void concurrencies.set(functionKey(key), concurrency),
    eventInvokeConfig: (key, qualifier) => configs.get(keyOf(key, qualifier)),
    eventInvokeConfigs: (key) =>
      [...configs]
        .filter(([name]) => name.startsWith(keyOf(key, "")))
        .map(([name, value]) => ({ qualifier: name.slice(keyOf(key, "").length), value })),
    publishEventInvokeConfig(key, qualifier, config) {
      if (config === undefined) configs.delete(keyOf(key, qualifier));
      else configs.set(keyOf(key, qualifier), config);
    },
    resourcePolicy: (key, qualifier) => policies.get(keyOf(key, qualifier)),
    publishResourcePolicy(key, qualifier, policy) {
      if (policy === undefined) policies.delete(keyOf(key, qualifier));
      else policies.set(keyOf(key, qualifier), policy);
    },
    allVersions: () => [...all.values()],
    codeInUse: () => new Set([...all.values()].flatMap(packagesOf)),
  };
}

/** How making a runtime ready went. */
export type Readiness = Awaited<ReturnType<ControlPlaneParts["prepareRuntime"]>>;

/** A control plane for a test. */
export interface TestedControlPlane extends AsyncDisposable {
  readonly parts: ControlPlaneParts;
  readonly clock: ReturnType<typeof createVirtualClock>;
  readonly controlPlane: ControlPlane;
  readonly faults: readonly unknown[];
  /** The account's limit, and what the data plane would say of a config by its qualifier. */
  readonly account: { concurrentExecutions: number; readonly statuses: Map<string, ProvisionedStatus> };
  /** Calls an operation as a user of the account, or of another. */
  call(operation: string, input: Members, accountId?: string): Promise<Members>;
  /** Ends the oldest preparation under way, and waits until its version is settled. */
  settle(readiness?: Readiness): Promise<void>;
  /** Lets hours pass, with a sweep of packages in each. */
  passHours(hours: number): Promise<void>;
  /** The same directory after a restart: nothing in memory, everything in the stores. */
  restart(): Promise<TestedControlPlane>;
}

async function passHours(clock: TestedControlPlane["clock"], layers: LayerStore, hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    clock.advance(3_600_000);
    // The sweep asks the layers first, and goes on when they have answered; whoever asks behind it has its answer later.
    await layers.contents();
    await new Promise<void>((resolve) => afterIo(resolve));
  }
}

/** Starts one; in a new directory unless one is given. */
export async function aControlPlane(
  directory: string = mkdtempSync(join(tmpdir(), "hearth-control-")),
  clock: TestedControlPlane["clock"] = createVirtualClock(START_MS),
): Promise<TestedControlPlane> {
  const db = openSqlite<Tables>(join(directory, "hearth.db"), "commit");
  await migrate(db, "functions");
  const seal = createSeal(join(directory, "root.key"));
  const layers = createLayerStore(db);
  const faults: unknown[] = [];
  const account = { concurrentExecutions: 1000, statuses: new Map<string, ProvisionedStatus>() };
  const preparing: { readonly version: FunctionVersion; readonly ready: Deferred<Readiness> }[] = [];
  const parts: ControlPlaneParts = {
    functions: createFunctionStore(db, seal),
    aliases: createAliasStore(db),
    layers,
    concurrency: createConcurrencyStore(db),
    eventInvokeConfigs: createEventInvokeConfigStore(db),
    resourcePolicies: createResourcePolicyStore(db),
    policyRules: { problemOf: () => undefined, isPrincipal: (text) => text !== "nobody" },
    limits: { concurrentExecutions: () => account.concurrentExecutions },
    provisionedStatus: (_key, qualifier) => account.statuses.get(qualifier),
    code: await createBlobStore(join(directory, "code"), seal, () => clock.nowMs()),
    localCode: ["/srv/functions"],
    ownImage: () => Promise.resolve("elsewhere" as const),
    publication: createPublication(),
    clock,
    codeLocation: (sha256, endpoint) => `${endpoint}/code/${sha256}`,
    onFault: (error) => faults.push(error),
    serially: createSerially(functionKey),
    changingLayer: createSerially(layerKey),
    prepareRuntime(version) {
      const ready = createDeferred<Readiness>();
      preparing.push({ version, ready });
      return ready.promise;
    },
  };
  const controlPlane = createControlPlane(parts);
  await controlPlane.start();
  return {
    parts,
    controlPlane,
    account,
    clock,
    faults,
    async call(name, input, accountId) {
      const operation = controlPlane.operations[name];
      if (operation === undefined) throw new Error(`there is no operation ${name}`);
      return await operation(input, aRequestContext(accountId === undefined ? {} : { accountId }));
    },
    async settle(readiness = { ready: true }) {
      const next = preparing.shift();
      if (next === undefined) throw new Error("nothing is being prepared");
      next.ready.resolve(readiness);
      await next.ready.promise;
      // The change stands in the function's queue now; behind it comes this one.
      await new Promise<void>((resolve) => afterIo(resolve));
      await parts.serially(next.version, () => Promise.resolve());
    },
    passHours: (hours) => passHours(clock, layers, hours),
    async restart() {
      await db.destroy();
      return await aControlPlane(directory, clock);
    },
    async [Symbol.asyncDispose]() {
      await db.destroy();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Makes a function active and publishes versions 1 to `count` of it. */
export async function makeFunction(plane: TestedControlPlane, name: string, count = 0): Promise<void> {
  const Code = { ZipFile: aZip({ "index.mjs": "1" }) };
  const Role = "arn:aws:iam::111122223333:role/tester";
  await plane.call("CreateFunction", {
    FunctionName: name,
    Role,
    Runtime: "nodejs26.x",
    Handler: "index.handler",
    Code,
  });
  await plane.settle();
  for (let version = 1; version <= count; version++) {
    await plane.call("PublishVersion", { FunctionName: name, Description: `number ${version}` });
    await plane.settle();
  }
}

/** A control plane with such a function. */
export async function aFunctionWithVersions(name: string, count: number): Promise<TestedControlPlane> {
  const plane = await aControlPlane();
  await makeFunction(plane, name, count);
  return plane;
}
