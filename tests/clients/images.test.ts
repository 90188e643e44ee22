// Functions that are container images: pushed to Hearth's own registry by skopeo, from another registry, a layout, an archive.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  InvokeCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { architecture } from "../../src/foundation/host.ts";
import { anImage, aRegistry, type TestImage, writeLayout } from "../../src/worker/rootfs/images/images.fixtures.ts";
import {
  active,
  aHearth,
  aZip,
  role,
  type RunningHearth,
  sharedRuntimes,
  updated,
  whyNoSandboxes,
} from "../a-hearth.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
const hasSkopeo = spawnSync("skopeo", ["--version"]).status === 0;
const skipPush = reason ?? (hasSkopeo ? false : "there is no skopeo; fix: apt-get install skopeo");
const local = mkdtempSync(join(tmpdir(), "hearth-images-"));
let hearth: RunningHearth;
let base: Buffer;

before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth({ env: { HEARTH_LOCAL_CODE: local } });
  // What AWS's base images are: an interpreter, a runtime client, and an entry point that is given the handler.
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "makes-the-root",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      Code: { ZipFile: aZip({ "index.mjs": "" }) },
    }),
  );
  await active(hearth.lambda, "makes-the-root");
  const built = readdirSync(sharedRuntimes).find(
    (it) => /^nodejs26\.x-[\w-]+$/u.test(it) && existsSync(join(sharedRuntimes, it, "root")),
  );
  const tar = spawnSync("tar", ["-C", join(sharedRuntimes, built ?? "", "root"), "-cf", "-", "."], {
    maxBuffer: 1 << 30,
  });
  assert.equal(tar.status, 0, String(tar.stderr));
  base = tar.stdout;
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
  rmSync(local, { recursive: true });
});

const ENTRY = "#!/bin/sh\nexport _HANDLER=$1\nexec /var/lang/bin/node /var/runtime/index.mjs\n";
const HANDLER = (said: string): string => `
import { readFileSync, writeFileSync, existsSync } from "node:fs";
const attempt = (work) => { try { work(); return "done"; } catch (error) { return error.code; } };
export const handler = async (event) => ({ said: "${said}", event, cwd: process.cwd(), uid: process.getuid(),
  fromImage: process.env.FROM_IMAGE, name: process.env.AWS_LAMBDA_FUNCTION_NAME, env: process.env.AWS_EXECUTION_ENV ?? null,
  root: attempt(() => writeFileSync("/var/task/x", "")), tmp: attempt(() => writeFileSync("/tmp/x", "")) });
export const other = async () => "the other handler";`;

function aFunctionImage(said: string, more: Readonly<Record<string, string>> = {}): TestImage {
  return anImage({
    architecture,
    compression: "none",
    layers: [
      base,
      [
        { path: "entry.sh", content: ENTRY, mode: 0o755 },
        { path: "var/task/index.mjs", content: HANDLER(said) },
        ...Object.entries(more).map(([path, content]) => ({ path, content, mode: 0o755 })),
      ],
    ],
    env: ["FROM_IMAGE=yes", "LAMBDA_TASK_ROOT=/var/task", "PATH=/var/lang/bin:/usr/bin:/bin"],
    config: { Entrypoint: ["/entry.sh"], Cmd: ["index.handler"], WorkingDir: "/var/task" },
  });
}

async function create(
  FunctionName: string,
  ImageUri: string,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      PackageType: "Image",
      MemorySize: 512,
      Timeout: 10,
      Code: { ImageUri },
      ...more,
    }),
  );
  await active(hearth.lambda, FunctionName);
}

async function invoke(FunctionName: string, event: unknown = {}): Promise<Readonly<Record<string, unknown>>> {
  const { Payload } = await hearth.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, unknown>;
}

async function push(image: TestImage, name: string): Promise<string> {
  const layout = mkdtempSync(join(local, "layout-"));
  writeLayout(image, layout);
  // skopeo wants to be told which, where a layout holds several.
  const { manifests } = JSON.parse(image.index.toString()) as { manifests: readonly unknown[] };
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: manifests.slice(1) }));
  const uri = `${new URL(hearth.endpoint).host}/${name}`;
  const args = ["copy", "--insecure-policy", "--dest-tls-verify=false", `oci:${layout}`, `docker://${uri}`];
  await promisify(execFile)("skopeo", args, { timeout: 60_000 });
  return uri;
}

test("an image that is pushed to Hearth's registry runs as it says, and is what it was until its function is updated", {
  skip: skipPush,
}, async () => {
  const uri = await push(aFunctionImage("one"), "team/app:1");
  await create("pushed", uri);

  const first = await invoke("pushed", { a: 1 });
  await push(aFunctionImage("two"), "team/app:1");
  const second = await invoke("pushed");
  await hearth.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "pushed", ImageUri: uri }));
  await updated(hearth.lambda, "pushed");
  const third = await invoke("pushed");
  const { Code, Configuration } = await hearth.lambda.send(new GetFunctionCommand({ FunctionName: "pushed" }));

  assert.deepEqual(first, {
    said: "one",
    event: { a: 1 },
    cwd: "/var/task",
    uid: 993,
    fromImage: "yes",
    name: "pushed",
    env: null,
    root: "EROFS",
    tmp: "done",
  });
  assert.deepEqual([second["said"], third["said"]], ["one", "two"]);
  assert.deepEqual([Code?.RepositoryType, Code?.ImageUri], ["ECR", uri]);
  assert.match(Code?.ResolvedImageUri ?? "", /^[\d.]+:\d+\/team\/app@sha256:[0-9a-f]{64}$/u);
  assert.deepEqual(
    [Configuration?.PackageType, Configuration?.Runtime, Configuration?.Handler, Configuration?.CodeSize],
    ["Image", undefined, undefined, 0],
  );
  assert.equal(Code?.ResolvedImageUri?.endsWith(Configuration?.CodeSha256 ?? "?"), true);
});

test("the registry speaks to its clients: tags, digests, what is not there", { skip: skipPush }, async () => {
  const uri = await push(aFunctionImage("listed"), "team/listed:a");
  const run = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)("skopeo", args, { timeout: 60_000 })).stdout;

  const tags = JSON.parse(await run("list-tags", "--tls-verify=false", `docker://${uri.replace(":a", "")}`)) as {
    Tags: string[];
  };
  const about = JSON.parse(await run("inspect", "--tls-verify=false", `docker://${uri}`)) as {
    Digest: string;
    Os: string;
  };
  const copied = mkdtempSync(join(local, "copied-"));
  await run("copy", "--insecure-policy", "--src-tls-verify=false", `docker://${uri}`, `oci:${copied}`);
  await run("delete", "--tls-verify=false", `docker://${uri}`);
  const gone = await fetch(`http://${uri.replace("/team/listed:a", "")}/v2/team/listed/manifests/a`);

  assert.deepEqual(tags.Tags, ["a"]);
  assert.match(about.Digest, /^sha256:/u);
  assert.ok(existsSync(join(copied, "index.json")));
  assert.equal(gone.status, 404);
  assert.deepEqual(await gone.json(), {
    errors: [{ code: "MANIFEST_UNKNOWN", message: "no such image: team/listed:a" }],
  });
});

test("ImageConfig is put over the image's own; what can't be run is told as on AWS", { skip }, async () => {
  const directory = mkdtempSync(join(local, "layout-"));
  writeLayout(aFunctionImage("config"), directory);
  await create("config", `oci:${directory}`, { ImageConfig: { Command: ["index.other"], WorkingDirectory: "/tmp" } });

  const other = await invoke("config");
  const configure = async (ImageConfig: object): Promise<Readonly<Record<string, unknown>>> => {
    await hearth.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "config", ImageConfig }));
    await updated(hearth.lambda, "config");
    return await invoke("config");
  };
  const wrongEntry = await configure({ EntryPoint: ["/no/such/file"] });
  const wrongPlace = await configure({ WorkingDirectory: "/no/such/place" });
  const own = await configure({});
  const { Configuration } = await hearth.lambda.send(new GetFunctionCommand({ FunctionName: "config" }));

  assert.equal(other, "the other handler");
  assert.equal(wrongEntry["errorType"], "Runtime.ExitError");
  assert.equal(wrongPlace["errorType"], "Runtime.InvalidWorkingDir");
  assert.deepEqual([own["said"], own["cwd"]], ["config", "/var/task"]);
  assert.equal(Configuration?.ImageConfigResponse, undefined);
});

test("images come from other registries and from archives too, unpacked once for all that name the same", {
  skip,
}, async () => {
  const image = aFunctionImage("elsewhere");
  await using registry = await aRegistry(image, { repository: "team/app", tag: "2" });
  const directory = mkdtempSync(join(local, "layout-"));
  writeLayout(image, directory);
  const archive = join(local, "app.tar");
  assert.equal(spawnSync("tar", ["-C", directory, "-cf", archive, "."]).status, 0);

  await create("remote", `${registry.host}/team/app:2`);
  const asked = registry.asked.length;
  await create("remote-again", `${registry.host}/team/app:2`);
  const layersAgain = registry.asked.slice(asked).filter((it) => it.includes("/blobs/"));
  await create("archived", `oci-archive:${archive}`);

  for (const name of ["remote", "remote-again", "archived"])
    assert.equal((await invoke(name))["said"], "elsewhere", name);
  assert.deepEqual(layersAgain, []);
});

test("extensions of an image start before its runtime", { skip }, async () => {
  const extension = `#!/var/lang/bin/node
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension";
(async () => {
  const answer = await fetch(api + "/register", { method: "POST", headers: { "Lambda-Extension-Name": "inside" }, body: '{"events":[]}' });
  const id = answer.headers.get("lambda-extension-identifier");
  console.log("extension is there");
  await fetch(api + "/event/next", { headers: { "Lambda-Extension-Identifier": id } });
})();`;
  const directory = mkdtempSync(join(local, "layout-"));
  writeLayout(aFunctionImage("extended", { "opt/extensions/inside": extension }), directory);
  await create("extended", `oci:${directory}`);

  const { LogResult } = await hearth.lambda.send(new InvokeCommand({ FunctionName: "extended", LogType: "Tail" }));

  assert.match(Buffer.from(LogResult ?? "", "base64").toString(), /REPORT/u);
  const answered = await invoke("extended");
  assert.equal(answered["said"], "extended");
});

test("what does not go together is refused in AWS's words", { skip }, async () => {
  const refusal = (input: Partial<CreateFunctionCommandInput>): Promise<string> =>
    hearth.lambda.send(new CreateFunctionCommand({ FunctionName: "never", Role: role, Code: {}, ...input })).then(
      () => "created",
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const invalid = "InvalidParameterValueException: ";
  const host = new URL(hearth.endpoint).host;

  assert.equal(
    await refusal({ PackageType: "Image", Code: { ImageUri: `${host}/a:1` }, Handler: "a.b" }),
    `${invalid}Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.`,
  );
  assert.equal(
    await refusal({ PackageType: "Image", Code: { ImageUri: `${host}/none:1` } }),
    `${invalid}Source image ${host}/none:1 does not exist. Provide a valid source image.`,
  );
  assert.equal(
    await refusal({ Runtime: "nodejs26.x", Handler: "a.b", Code: { ImageUri: `${host}/a:1` } }),
    `${invalid}Please don't provide ImageUri when the intended function PackageType is Zip.`,
  );
  assert.match(await refusal({ PackageType: "Image", Code: { ImageUri: "A B" } }), /Source image A B is not valid/u);
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "outside",
      Role: role,
      PackageType: "Image",
      Code: { ImageUri: "oci:/etc" },
    }),
  );
  await active(hearth.lambda, "outside").catch(() => undefined);
  const { Configuration } = await hearth.lambda.send(new GetFunctionCommand({ FunctionName: "outside" }));
  assert.deepEqual([Configuration?.State, Configuration?.StateReasonCode], ["Failed", "InvalidImage"]);
});
