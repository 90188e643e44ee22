// The process `services`: everything but the worker. Drops its privileges, joins the parts, opens the port and the link.
import { chmodSync, constants, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ConcurrencyTables, createConcurrencyStore } from "../control-plane/concurrency/concurrency-store.ts";
import { createControlPlane } from "../control-plane/control-plane.ts";
import { type AliasTables, createAliasStore } from "../control-plane/aliases/alias-store.ts";
import {
  createEventInvokeConfigStore,
  type EventInvokeConfigTables,
} from "../control-plane/event-invoke-configs/event-invoke-config-store.ts";
import { createFunctionStore, type FunctionTables } from "../control-plane/functions/function-store.ts";
import { createLayerStore, type LayerTables } from "../control-plane/layers/layer-store.ts";
import {
  createResourcePolicyStore,
  type ResourcePolicyTables,
} from "../control-plane/permissions/resource-policy-store.ts";
import { preparation } from "../data-plane/assignment/environment-spec.ts";
import { createDataPlane } from "../data-plane/data-plane.ts";
import { INVOKE_HEADERS } from "../data-plane/frontend/frontend.ts";
import { createEvents, type Events, type EventTables } from "../events/events.ts";
import { createFeed } from "../feed/feed.ts";
import { systemClock } from "../foundation/clock.ts";
import { messageOf } from "../foundation/fault.ts";
import { createSerially } from "../foundation/serially.ts";
import { createGateway } from "../gateway/gateway.ts";
import { listen, type Listener } from "../gateway/listener.ts";
import { createAwsJson } from "../gateway/protocols/aws-json.ts";
import { createQuery } from "../gateway/protocols/query.ts";
import { createRestJson } from "../gateway/protocols/rest-json.ts";
import { loadShapes } from "../gateway/shapes/shapes.ts";
import { UNQUALIFIED } from "../model/event-invoke-config.ts";
import { functionKey, imagesOf, isRestored } from "../model/function-version.ts";
import { layerKey } from "../model/layer.ts";
import { createApplicationAutoScaling } from "../neighbours/application-auto-scaling/application-auto-scaling.ts";
import {
  type AutoScalingTables,
  createAutoScalingStore,
} from "../neighbours/application-auto-scaling/auto-scaling-store.ts";
import { createRegistry } from "../neighbours/ecr/ecr.ts";
import { createRegistryStore, type RegistryTables } from "../neighbours/ecr/registry-store.ts";
import { createAuthorization, isPrincipal, problemOf, sourceIpOf } from "../neighbours/iam/iam.ts";
import { plausibleEvents } from "../neighbours/logs/ingestion-rules.ts";
import { createLogs } from "../neighbours/logs/logs.ts";
import { createLogsStore } from "../neighbours/logs/logs-store/logs-store.ts";
import type { LogsTables } from "../neighbours/logs/logs-store/logs-tables.ts";
import { createQuotaStore, type QuotaTables } from "../neighbours/service-quotas/quota-store.ts";
import { createServiceQuotas } from "../neighbours/service-quotas/service-quotas.ts";
import { createSessions } from "../neighbours/sts/sessions.ts";
import { createSts } from "../neighbours/sts/sts.ts";
import { createBlobStore } from "../store/blob-store.ts";
import { migrate } from "../store/migrations.ts";
import { createSealedFiles } from "../store/sealed-files.ts";
import { createSeal } from "../store/seal.ts";
import { openSqlite } from "../store/sqlite.ts";
import { endpointCertificate } from "./certificates.ts";
import { createLinkServer } from "./link-server.ts";
import { debugPath } from "./debug-path.ts";
import { cloudWatchMounts } from "./cloudwatch-mounts.ts";
import { createObservers } from "./observers.ts";
import { codeUrl, createOwnPaths, statusOf } from "./own-paths.ts";
import { becomeReservedUser, whyUnreadable } from "./reserved-user.ts";
import { readSettings } from "./settings.ts";

const DRAIN_MS_MAX = 20_000;
const EXPIRE_EVERY_MS = 60_000;
const PREPARE_WAIT_MS = 600_000;

function say(line: string): void {
  process.stderr.write(`services: ${line}\n`);
}

/** Ends this process so that the supervisor does not start it again: only a person can mend it. */
function giveUp(reason: string): never {
  say(reason);
  process.exit(78);
}

const settings = readSettings(process.argv.slice(2), process.env);
const directory = join(settings.data, "services");
mkdirSync(directory, { recursive: true, mode: 0o700 });
chmodSync(settings.data, 0o755);
// Opened before and written after: the data directory itself stays its owner's. `hearth stop` reads it.
const pidFile = openSync(join(settings.data, "supervisor.pid"), constants.O_RDWR | constants.O_CREAT, 0o644);
// What was compiled is kept by the user who started this; the reserved user writes nowhere but into its directory.
flushCompileCache();
becomeReservedUser(directory);
const unreadable = whyUnreadable([
  fileURLToPath(new URL("../gateway/shapes/lambda.generated.json", import.meta.url)),
  directory,
]);
if (unreadable !== undefined) giveUp(unreadable);

const clock = systemClock;
const nowMs = (): number => clock.nowMs();
const onFault = (error: unknown): void =>
  say(`fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
const seal = createSeal(join(directory, "root.key"));
const db = openSqlite<
  FunctionTables &
    AliasTables &
    ConcurrencyTables &
    EventInvokeConfigTables &
    ResourcePolicyTables &
    LayerTables &
    QuotaTables &
    AutoScalingTables &
    RegistryTables
>(join(directory, "hearth.db"), "commit");
await migrate(db, "functions");
const functions = createFunctionStore(db, seal);
const layers = createLayerStore(db);
// A file of its own: logs come with every invocation, and waiting for the disk each time would hold all others up.
const logsDb = openSqlite<LogsTables>(join(directory, "logs.db"), "checkpoint");
await migrate(logsDb, "logs");
const logsStore = createLogsStore(logsDb);
const blobs = await createBlobStore(join(directory, "code"), seal, nowMs);
const sessions = createSessions(seal, nowMs);
const registry = createRegistry({
  store: createRegistryStore(db),
  files: await createSealedFiles(join(directory, "images"), seal),
  port: settings.port,
  clock,
  imagesInUse: () => new Set(publication.allVersions().flatMap(imagesOf)),
  onFault,
});
const quotas = createServiceQuotas({
  store: createQuotaStore(db),
  clock,
  concurrentExecutions: settings.concurrentExecutions,
});
const feed = createFeed(nowMs);
const dataPlane = createDataPlane({
  clock,
  random: Math.random,
  feed,
  keepAlive: settings.keepAlive,
  concurrentExecutions: (accountId, region) => quotas.limits.concurrentExecutions(accountId, region),
  issueCredentials: (roleArn, sessionName) => sessions.issue(roleArn, sessionName),
  acceptEvent: (event) => events.accept(event),
  onFault,
});
const { publication, counting, placement, assignment, frontend } = dataPlane;
const eventsDb = openSqlite<EventTables>(join(directory, "events.db"), "commit");
await migrate(eventsDb, "events");
const events: Events = await createEvents({
  db: eventsDb,
  seal,
  clock,
  feed,
  attempt: frontend.attempt,
  config: (event) => publication.eventInvokeConfig(event, event.qualifier ?? UNQUALIFIED),
  deliver: frontend.deliver,
  onFault,
});
const observers = createObservers({ clock, feed, dataPlane, events, otlpEndpoint: settings.otlpEndpoint, onFault });

const controlPlane = createControlPlane({
  functions,
  aliases: createAliasStore(db),
  concurrency: createConcurrencyStore(db),
  eventInvokeConfigs: createEventInvokeConfigStore(db),
  resourcePolicies: createResourcePolicyStore(db),
  policyRules: { problemOf, isPrincipal },
  layers,
  limits: quotas.limits,
  provisionedStatus: (key, qualifier) => assignment.provisionedStatus(key, qualifier),
  code: blobs,
  localCode: settings.localCode,
  ownImage: registry.resolve,
  publication,
  clock,
  onFault,
  serially: createSerially(functionKey),
  changingLayer: createSerially(layerKey),
  codeLocation: (sha256, endpoint) => codeUrl(endpoint, sha256, nowMs()),
  async prepareRuntime(version) {
    const worker = await placement.anyWorker(AbortSignal.timeout(PREPARE_WAIT_MS));
    const told = preparation(version);
    // The version is active when one worker has it; the others get ready behind the answer.
    for (const other of placement.workers()) if (other !== worker) other.prepare(told).catch(onFault);
    const readiness = await worker.prepare(told);
    // A version with SnapStart can be invoked when something of it has been initialised ahead.
    if (!readiness.ready || !isRestored(version)) return readiness;
    const initialised = await assignment.snapshot(version, worker);
    return initialised.ready ? readiness : { ...initialised, reasonCode: "FunctionError" };
  },
});
const scalingStore = createAutoScalingStore(db);
const autoScaling = createApplicationAutoScaling({
  store: scalingStore,
  clock,
  capacity: {
    ...controlPlane.provisioned,
    status: (it) => assignment.provisionedStatus(it, it.qualifier)?.status,
  },
  provisionedUse(accountId, region, functionName, qualifier) {
    const use = assignment.provisionedUse({ accountId, region, functionName }, qualifier);
    // A minute without an invocation has no datapoint, as on AWS: nothing is scaled by it.
    return use?.maxInUse === 0 ? undefined : use;
  },
  onFault,
  serially: createSerially(({ accountId, region, resourceId }) => `${accountId}/${region}/${resourceId}`),
});
const logs = createLogs({ store: logsStore, clock });

async function reset(): Promise<void> {
  for (const version of await functions.all()) publication.remove(version);
  await events.reset();
  await functions.reset();
  await layers.reset();
  await logsStore.reset();
  await quotas.reset();
  await scalingStore.reset();
  observers.reset();
  publication.clear();
  await blobs.clear();
  await registry.reset();
}

const services = ["lambda", "logs", "cloudwatch", "xray", "sts", "service-quotas", "application-autoscaling"];
const isReady = (): boolean => placement.workers().length > 0;
const stopping = new AbortController();
const ownPaths = createOwnPaths({
  nowMs,
  reset,
  feed,
  metricsText: observers.metricsText,
  environments: () => assignment.list(),
  drainWorker: (workerId) => assignment.drainWorker(workerId),
  debug: debugPath({
    functionOf: (accountId, region, functionName) => publication.get({ accountId, region, functionName }, "$LATEST"),
    debug: (key, port) => assignment.debug(key, port),
    stopping: stopping.signal,
  }),
  code: (sha256) => blobs.get(sha256),
  isReady,
  health: () => ({
    status: statusOf(isReady()),
    parts: {
      gateway: "ready",
      controlPlane: "ready",
      neighbours: "ready",
      dataPlane: isReady() ? "ready" : "waiting for a worker",
    },
    workers: placement.list().map(({ hello, ...load }) => {
      const { workerId, driver, isolation, memoryMiB } = hello;
      return { workerId, driver, isolation, memoryMiB, ...load };
    }),
    concurrency: counting.pools(),
    environments: assignment.list(),
  }),
  localstackHealth: () => ({
    services: Object.fromEntries(services.map((it) => [it, isReady() ? "available" : "initializing"])),
    edition: "hearth",
    version: "0.1.0",
  }),
});
// No IAM policies can be attached yet: whoever is verified may do what their account may.
const FULL_ACCESS = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
const authorization = createAuthorization({
  identityPolicies: () => [FULL_ACCESS],
  resourcePolicies: (arn) => publication.resourcePoliciesOf(arn),
});
const gateway = createGateway({
  services: [
    {
      service: { name: "lambda", operations: { ...controlPlane.operations, ...frontend.operations } },
      protocol: createRestJson(loadShapes("lambda"), INVOKE_HEADERS),
    },
    ...cloudWatchMounts(observers.cloudWatch.service),
    { service: observers.xRay.service, protocol: createRestJson(loadShapes("xray")) },
    { service: logs, protocol: createAwsJson(loadShapes("logs"), { version: "1.1", targetPrefix: "Logs_20140328" }) },
    {
      service: createSts(),
      protocol: createQuery(loadShapes("sts"), {
        version: "2011-06-15",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      }),
    },
    {
      service: quotas.service,
      protocol: createAwsJson(loadShapes("service-quotas"), {
        version: "1.1",
        targetPrefix: "ServiceQuotasV20190624",
      }),
    },
    {
      service: autoScaling.service,
      protocol: createAwsJson(loadShapes("application-auto-scaling"), {
        version: "1.1",
        targetPrefix: "AnyScaleFrontendService",
      }),
    },
  ],
  lookUpKey: (accessKeyId, sessionToken) => sessions.lookUp(accessKeyId, sessionToken),
  authorize(caller, { isSecure, remoteAddress, headers }, action, resourceArn) {
    const { region } = caller;
    const client = { isSecure, sourceIp: sourceIpOf(remoteAddress), userAgent: headers["user-agent"] };
    authorization.authorize({ principal: caller, action, resourceArn, facts: { region, ...client, nowMs: nowMs() } });
  },
  ownPaths,
  serveRegistry: registry.serve,
  nowMs,
  onFault,
});

await quotas.start();
await controlPlane.start();
registry.start();
autoScaling.start();
events.start();
const secureContext = await endpointCertificate(directory, nowMs());
const listeners: Listener[] = [];
try {
  listeners.push(
    await listen(gateway({ auth: settings.auth }), { host: settings.host, port: settings.port, secureContext }),
  );
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") throw error;
  const where = `${settings.host}:${settings.port}`;
  giveUp(`can't listen on ${where} (${code}); stop what listens there, or choose another with --port or --host`);
}

/** Where environments reach the endpoint: every key must be known there, whatever the other listener takes. */
async function listenForEnvironments(host: string | undefined): Promise<void> {
  if (host === undefined || listeners.some((it) => it.host === host)) return;
  listeners.push(
    await listen(gateway({ auth: "strict", isForEnvironments: true }), { host, port: settings.port, secureContext }),
  );
}

const link = await createLinkServer({
  path: join(directory, "link.sock"),
  placement,
  assignment,
  feed,
  fetchCode: (sha256) => blobs.get(sha256),
  fetchManifest: registry.manifest,
  fetchBlob: registry.blob,
  storeLogs: (batch) =>
    logsStore.append(batch, batch.logGroup, batch.logStream, plausibleEvents(batch.events, nowMs()), nowMs()),
  listenForEnvironments,
  onCodeChanged: controlPlane.reload,
  takeSegments: observers.xRay.takeSegments,
  onFault,
  say,
});
ftruncateSync(pidFile);
writeSync(pidFile, `${process.ppid}\n`, 0);
say(`listening on http://${settings.host}:${listeners[0]?.port ?? settings.port} and https, data in ${settings.data}`);

function expireRegularly(): void {
  logsStore.expire(nowMs()).catch(onFault);
  clock.after(EXPIRE_EVERY_MS, expireRegularly);
}
expireRegularly();

let isStopping = false;
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  stopping.abort(new Error("Hearth ends"));
  clock.after(DRAIN_MS_MAX, () => process.exit(1));
  await Promise.all(listeners.map((it) => it[Symbol.asyncDispose]()));
  await events.stop();
  await link.drain();
  await observers.flush();
  await link[Symbol.asyncDispose]();
  ftruncateSync(pidFile);
  await db.destroy();
  await logsDb.destroy();
  await eventsDb.destroy();
  process.exit(0);
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
process.on("unhandledRejection", (error) => {
  say(`fault: ${messageOf(error)}`);
  process.exit(70);
});
