// hearth runtimes: lists what there is of every runtime, adds one from an image, a directory or an interpreter, verifies, removes.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { judgeRuntime, type Runtime, RUNNABLE } from "../model/runtimes.ts";
import { planFromSource, recogniseSource } from "../worker/rootfs/add-source.ts";
import { localBuild, planLocally } from "../worker/rootfs/local-root.ts";
import { createRootStore, type RootStore } from "../worker/rootfs/root-store.ts";
import { type ListedSources, listRuntimes, rootInUse } from "../worker/rootfs/runtime-list.ts";
import { verifyRoot } from "../worker/rootfs/verify-root.ts";
import { readSettings } from "../main/settings.ts";
import { type Command, type Given, print } from "./command.ts";
import { createProgress } from "./progress.ts";

/** What the actions share. */
interface Call {
  readonly store: RootStore;
  readonly directory: string;
  readonly sources: ListedSources;
  readonly given: Given;
  readonly from: string | undefined;
}

/** Wrongly called: exit code 2, as for an unknown option. */
function wrongCall(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: "ERR_HEARTH_CALL" });
}

function runtimeOf(name: string | undefined): Runtime {
  if (name === undefined) throw wrongCall("which runtime? hearth runtimes lists them");
  const verdict = judgeRuntime(name);
  if (verdict.kind === "runnable") return verdict.runtime;
  const why = {
    blocked: "AWS takes it no longer",
    notYetRunnable: "Hearth can't run it yet",
    unknown: "AWS has none of that name",
  };
  throw wrongCall(`${name}: ${why[verdict.kind]}; there are ${RUNNABLE.map((it) => it.name).join(", ")}`);
}

const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? "-" : `${Math.ceil(bytes / 2 ** 20)} MiB`;

async function list({ store, sources, given }: Call): Promise<number> {
  const runtimes = await listRuntimes(store, sources);
  const lines = runtimes.map(
    (it) =>
      `${it.name.padEnd(16)} ${it.state.padEnd(10)} ${mebibytes(it.bytes).padStart(8)}  ${it.source ?? "hearth runtimes add --help says how to get it"}`,
  );
  print(given, runtimes, lines.join("\n"));
  return 0;
}

async function add({ store, directory, sources, from, given }: Call, name: string | undefined): Promise<number> {
  const runtime = runtimeOf(name);
  const source = from === undefined ? undefined : recogniseSource(from);
  const cache = join(directory, "cache");
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  using progress = createProgress(`building ${runtime.name}`);
  const onProgress = (text: string): void => progress.show(text);
  const root =
    source === undefined
      ? await store.build(
          runtime.name,
          localBuild(runtime),
          await planLocally(runtime, { cache, interpreters: sources.interpreters }),
        )
      : await store.add(runtime.name, await planFromSource(runtime, source, { cache, onProgress }));
  const { inventory, start } = root.record;
  const status = { name: runtime.name, source: root.record.from, bytes: inventory.bytes, start };
  print(
    given,
    status,
    `${runtime.name}: ${mebibytes(inventory.bytes)} from ${root.record.from}. New environments start on it.`,
  );
  return 0;
}

async function verify({ store, given }: Call, name: string | undefined): Promise<number> {
  const chosen = name === undefined ? RUNNABLE : [runtimeOf(name)];
  const results: {
    readonly name: string;
    readonly findings: readonly string[];
    readonly untried: string | undefined;
  }[] = [];
  using progress = createProgress("verifying");
  for (const runtime of chosen) {
    const root = rootInUse(store, runtime);
    if (root !== undefined) progress.show(`verifying ${runtime.name}`);
    if (root !== undefined) results.push({ name: runtime.name, ...(await verifyRoot(runtime, root)) });
    else if (name !== undefined)
      results.push({ name, findings: [`it is not there; hearth runtimes add ${name} builds it`], untried: undefined });
  }
  const lines = results.flatMap(({ name: it, findings, untried }) => {
    if (findings.length === 0) return [`${it}: fine${untried === undefined ? "" : ` (${untried})`}`];
    return [
      ...findings.map((finding) => `${it}: ${finding}`),
      `${it}: make it anew with: hearth runtimes remove ${it} && hearth runtimes add ${it}`,
    ];
  });
  print(
    given,
    results,
    lines.length === 0 ? "no runtime is there yet: they are made when they are first needed" : lines.join("\n"),
  );
  return results.every(({ findings }) => findings.length === 0) ? 0 : 1;
}

async function remove({ store, given }: Call, name: string | undefined): Promise<number> {
  const runtime = runtimeOf(name);
  const isRemoved = await store.remove(runtime.name);
  print(
    given,
    { name: runtime.name, isRemoved },
    isRemoved ? `${runtime.name} is removed.` : `${runtime.name} is not there.`,
  );
  return isRemoved ? 0 : 1;
}

export const runtimes: Command = {
  about: "lists the runtimes; add, verify and remove their root filesystems",
  usage: `hearth runtimes [list | add NAME [--from SOURCE] | verify [NAME] | remove NAME]

add without --from builds NAME from what this machine has. SOURCE is one of:
  an image in a registry            public.ecr.aws/lambda/python:3.13, node:22-slim
  an OCI layout, or a tar of one    ./layout, ./layout:tag, ./image.tar
  a directory that is a root        /srv/roots/python
  an interpreter on this machine    /opt/python3.13/bin/python3.13
What has /var/runtime/bootstrap runs by that; else Hearth's client runs on the interpreter found in it.`,
  options: {
    runtimes: { type: "string", value: "DIRECTORY", about: "where the root filesystems are kept" },
    "base-images": { type: "string", value: "REGISTRY", about: "where AWS's base images are; never: not fetched" },
    interpreters: { type: "string", value: "DIRECTORIES", about: "where interpreters are beside this machine's own" },
    from: { type: "string", value: "SOURCE", about: "what add makes the root of" },
  },
  async run(given) {
    const { values, positionals } = given;
    const [action = "list", name] = positionals;
    const settings = readSettings(given.args, process.env);
    const call: Call = {
      store: createRootStore(settings.runtimes),
      directory: settings.runtimes,
      sources: settings,
      given,
      from: typeof values["from"] === "string" ? values["from"] : undefined,
    };
    switch (action) {
      case "list":
        return await list(call);
      case "add":
        return await add(call, name);
      case "verify":
        return await verify(call, name);
      case "remove":
        return await remove(call, name);
      default:
        throw wrongCall(`no action named ${action}; ${runtimes.usage.split("\n")[0] ?? ""}`);
    }
  },
};
