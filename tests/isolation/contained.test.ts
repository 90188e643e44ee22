// What a function must not do is contained, and reported as AWS does: files, processes, network, other environments, the link.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;

const prober = `
import { execSync } from "node:child_process";
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { connect } from "node:net";
const attempt = (run) => { try { return { ok: run() }; } catch (error) { return { code: error.code ?? error.message }; } };
const dial = (host, port) => new Promise((resolve) => {
  const socket = connect({ host, port, timeout: 700 });
  socket.on("connect", () => { socket.destroy(); resolve("connected"); });
  socket.on("timeout", () => { socket.destroy(); resolve("nothing"); });
  socket.on("error", (error) => resolve(error.code));
});
export const handler = async (event) => {
  switch (event.what) {
    case "write": return attempt(() => writeFileSync(event.path, "x"));
    case "read": return attempt(() => readFileSync(event.path, "utf8").slice(0, 100));
    case "exists": return existsSync(event.path);
    case "status": return readFileSync("/proc/self/status", "utf8");
    case "processes": return attempt(() => execSync("ps -e -o pid= | wc -l").toString().trim());
    case "dial": return await dial(event.host, event.port);
    case "post": return (await fetch(process.env.AWS_ENDPOINT_URL + event.path, { method: "POST" })).status;
    case "tmp": return attempt(() => { execSync("dd if=/dev/zero of=/tmp/big bs=1M count=600 2>&1"); return "all of it"; });
    case "fork": return attempt(() => execSync("i=0; while [ $i -lt 5000 ]; do sleep 20 & i=$((i+1)); done 2>&1", { timeout: 8000, shell: "/bin/sh" }).length);
  }
};`;

before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  for (const name of ["prober", "neighbour"]) {
    await hearth.lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Role: role,
        Runtime: "nodejs26.x",
        Handler: "index.handler",
        Timeout: 15,
        MemorySize: 1024,
        Code: { ZipFile: aZip({ "index.mjs": prober }) },
      }),
    );
    await active(hearth.lambda, name);
  }
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function ask(what: object, name = "prober"): Promise<unknown> {
  const { Payload } = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(what) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown;
}

test("nothing outside /tmp can be written", { skip }, async () => {
  for (const path of [
    "/var/task/x",
    "/etc/x",
    "/var/runtime/x",
    "/opt/x",
    "/x",
    "/var/rapid/init.sh",
    "/proc/sys/kernel/hostname",
  ]) {
    const { code } = (await ask({ what: "write", path })) as { code?: string };
    assert.ok(code === "EROFS" || code === "EACCES", `${path}: ${String(code)}`);
  }
  assert.deepEqual(await ask({ what: "write", path: "/tmp/x" }), {});
});

test("the host's files and the link are not there", { skip }, async () => {
  for (const path of [
    hearth.data,
    `${hearth.data}/services/link.sock`,
    "/sys/fs/cgroup",
    "/root/.bashrc",
    "/dev/shm",
    "/dev/kvm",
  ]) {
    assert.equal(await ask({ what: "exists", path }), false, path);
  }
});

test("the process is AWS's user without capabilities, with seccomp and no new privileges", { skip }, async () => {
  const status = (await ask({ what: "status" })) as string;

  assert.match(status, /^Uid:\t993\t993\t993\t993$/mu);
  assert.match(status, /^CapEff:\t0000000000000000$/mu);
  assert.match(status, /^CapBnd:\t0000000000000000$/mu);
  assert.match(status, /^NoNewPrivs:\t1$/mu);
  assert.match(status, /^Seccomp:\t2$/mu);
});

test("neither the host, nor its metadata service, nor private networks, nor other environments are reached", {
  skip,
}, async () => {
  await ask({ what: "exists", path: "/" }, "neighbour");
  const port = Number(new URL(hearth.endpoint).port);

  const service =
    /nameserver ([\d.]+)/u.exec(JSON.stringify(await ask({ what: "read", path: "/etc/resolv.conf" })))?.[1] ?? "";
  assert.equal(await ask({ what: "dial", host: service, port }), "connected");
  assert.notEqual(await ask({ what: "dial", host: service, port: 22 }), "connected");
  assert.notEqual(await ask({ what: "dial", host: "127.0.0.1", port }), "connected");
  assert.notEqual(await ask({ what: "dial", host: "169.254.169.254", port: 80 }), "connected");
  assert.notEqual(await ask({ what: "dial", host: "10.0.0.1", port: 80 }), "connected");
});

test("Hearth's own paths change nothing for a function", { skip }, async () => {
  for (const path of [
    "reset",
    "drain?worker=any",
    "debug?function=arn:aws:lambda:us-east-1:111122223333:function:prober",
  ])
    assert.equal(await ask({ what: "post", path: `/_hearth/${path}` }), 403, path);
  assert.equal(await ask({ what: "exists", path: "/" }, "neighbour"), true);
});

test("/tmp has the size of EphemeralStorage", { skip }, async () => {
  const { code } = (await ask({ what: "tmp" })) as { code?: string };

  assert.notEqual(code, undefined);
});

test("a fork bomb stays within 1,024 processes and the next function runs", { skip }, async () => {
  await ask({ what: "fork" });

  assert.equal(await ask({ what: "exists", path: "/var/task" }, "neighbour"), true);
});
