// A Hearth to measure: functions are made and asked by plain signed requests, so that no SDK's time is measured.
import { createHash } from "node:crypto";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { aHearth, aZip, type RunningHearth, role } from "../tests/a-hearth.ts";
import { createFeedReader, type FeedReader } from "./feed-reader.ts";
import { type Language, node } from "./languages.ts";
import type { Asked } from "./measure.ts";
import { rest } from "./section.ts";
import { type Keys, keysHandler, keysOf, signedHeaders } from "./signed.ts";
import { removeCgroup } from "./yardsticks/bare-start.ts";

/** Earns one vCPU. */
const MEMORY_MIB = 1769;
const LOOK_EVERY_MS = 20;
const ACTIVE_TIMEOUT_MS = 120_000;

/** The account's root, as any unknown key in local mode. */
export const rootKeys: Keys = { accessKeyId: "111122223333", secretAccessKey: "any" };

/** A function to make; what is not said is an echo in Node with one vCPU. */
export interface FunctionToMake {
  readonly language?: Language;
  readonly code?: string;
  /** A whole package, instead of the code. */
  readonly zip?: Uint8Array;
  readonly variables?: Readonly<Record<string, string>>;
  readonly settings?: Partial<CreateFunctionCommandInput>;
}

/** A running Hearth. */
export interface World extends AsyncDisposable {
  readonly hearth: RunningHearth;
  readonly port: number;
  readonly feed: FeedReader;
  /** The path of its environments' cgroups. */
  readonly cgroup: string;
  /** Makes a function and waits until it is Active; gives the milliseconds from the request until then. */
  create(name: string, of?: FunctionToMake): Promise<number>;
  remove(name: string): Promise<void>;
  /** An invoke of a function, signed by its role's keys. */
  invoke(name: string, body?: Buffer): Promise<Asked>;
  /** An invoke signed by the account's root: needs no environment to tell its keys. */
  invokeAsRoot(name: string, body?: Buffer): Promise<Asked>;
}

const empty = Buffer.from("{}");

/** An event of about so many bytes. */
export const payload = (bytes: number): Buffer => Buffer.from(JSON.stringify({ text: "x".repeat(bytes) }));

async function untilActive(hearth: RunningHearth, FunctionName: string): Promise<void> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < ACTIVE_TIMEOUT_MS) {
    const { State, StateReason } = await hearth.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (State === "Active") return;
    if (State === "Failed") throw new Error(`${FunctionName}: ${String(StateReason)}`);
    await rest(LOOK_EVERY_MS);
  }
  throw new Error(`${FunctionName} did not become Active in two minutes`);
}

async function createFunction(hearth: RunningHearth, name: string, of: FunctionToMake): Promise<number> {
  const { language = node, code = language.echo, zip = aZip({ [language.file]: code }), variables } = of;
  const startedMs = performance.now();
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: language.runtime as NonNullable<CreateFunctionCommandInput["Runtime"]>,
      Handler: language.handler,
      MemorySize: MEMORY_MIB,
      Timeout: 60,
      Code: { ZipFile: zip },
      ...(variables === undefined ? {} : { Environment: { Variables: variables } }),
      ...of.settings,
    }),
  );
  await untilActive(hearth, name);
  return performance.now() - startedMs;
}

/** Starts one. `pool` is how many sandboxes may wait; undefined: as by default. */
export async function aWorld(options: { pool?: number; env?: Readonly<Record<string, string>> } = {}): Promise<World> {
  const { pool, env = {} } = options;
  const hearth = await aHearth({ env: { ...(pool === undefined ? {} : { HEARTH_POOL: String(pool) }), ...env } });
  const port = Number(new URL(hearth.endpoint).port);
  const cgroup = `/hearth-${createHash("sha256").update(hearth.data).digest("hex").slice(0, 8)}`;
  const create = (name: string, of: FunctionToMake = {}): Promise<number> => createFunction(hearth, name, of);
  let roleKeys: Promise<Keys> | undefined;
  async function askForKeys(): Promise<Keys> {
    await create("keys", { code: keysHandler });
    return await keysOf(hearth.lambda, "keys");
  }
  async function asked(keys: Keys, name: string, body: Buffer): Promise<Asked> {
    const path = `/2015-03-31/functions/${name}/invocations`;
    return { port, path, body, headers: await signedHeaders(keys, { port, path, body }) };
  }
  return {
    hearth,
    port,
    feed: createFeedReader(hearth.endpoint),
    cgroup,
    create,
    async remove(FunctionName) {
      await hearth.lambda.send(new DeleteFunctionCommand({ FunctionName }));
    },
    async invoke(name, body = empty) {
      roleKeys ??= askForKeys();
      return await asked(await roleKeys, name, body);
    },
    invokeAsRoot: (name, body = empty) => asked(rootKeys, name, body),
    async [Symbol.asyncDispose]() {
      await hearth[Symbol.asyncDispose]();
      removeCgroup(cgroup);
    },
  };
}
