// System calls that a sandbox must not make, made by a Python function directly; and whose user it really is on the host.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, type Runtime } from "@aws-sdk/client-lambda";
import { probeUserNamespaces } from "../../src/worker/sandboxes/oci/probe-oci.ts";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

async function hostRuntime(): Promise<Runtime | undefined> {
  for (const minor of ["14", "13", "12", "11", "10", "9"]) {
    if ((await findPython(`3.${minor}`)) !== undefined) return `python3.${minor}` as Runtime;
  }
  return undefined;
}

const runtime = await hostRuntime();
const reason =
  (await whyNoSandboxes()) ??
  (process.arch === "x64" ? undefined : "the numbers in this test are x86-64's") ??
  (runtime === undefined ? "the host has no Python 3.9 to 3.14" : undefined);
const skip = reason ?? false;
const EPERM = 1;
const ENOSYS = 38;

const code = `import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in args])
    return ctypes.get_errno() if result == -1 else 0
def handler(event, context):
    if event.get("who"):
        return [os.getuid(), os.getgid(), open("/proc/self/uid_map").read().split()]
    return {name: call(*args) for name, args in event["calls"].items()}
`;
let hearth: RunningHearth;
before(async () => {
  if (reason !== undefined || runtime === undefined) return;
  hearth = await aHearth();
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "caller",
      Role: role,
      Runtime: runtime,
      Handler: "app.handler",
      Timeout: 20,
      MemorySize: 256,
      Code: { ZipFile: aZip({ "app.py": code }) },
    }),
  );
  await active(hearth.lambda, "caller");
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function ask(event: object): Promise<unknown> {
  const { Payload } = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: "caller", Payload: JSON.stringify(event) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown;
}

test("calls that reach the machine, other processes or make namespaces are refused", { skip }, async () => {
  const CLONE_NEWUSER = 0x10000000;
  const forbidden: Record<string, number[]> = {
    ptrace: [101, 0, 0, 0, 0],
    mount: [165, 0, 0, 0, 0, 0],
    umount2: [166, 0, 0],
    unshare: [272, CLONE_NEWUSER],
    cloneIntoNamespace: [56, CLONE_NEWUSER, 0, 0, 0, 0],
    setns: [308, 0, 0],
    bpf: [321, 0, 0, 0],
    perfEventOpen: [298, 0, 0, 0, 0, 0],
    userfaultfd: [323, 0],
    ioUringSetup: [425, 1, 0],
    keyctl: [250, 0, 0, 0],
    addKey: [248, 0, 0, 0, 0, 0],
    initModule: [175, 0, 0, 0],
    kexecLoad: [246, 0, 0, 0, 0],
    reboot: [169, 0, 0, 0],
    settimeofday: [164, 0, 0],
    openByHandleAt: [304, 0, 0, 0],
    processVmReadv: [310, 1, 0, 0, 0, 0, 0],
    chroot: [161, 0],
    vsock: [41, 40, 1, 0],
  };

  const errors = (await ask({ calls: forbidden })) as Record<string, number>;

  for (const name of Object.keys(forbidden)) assert.equal(errors[name], EPERM, `${name}: ${String(errors[name])}`);
});

test("clone3 seems not to be there, so that libraries take clone; ordinary calls work", { skip }, async () => {
  const errors = (await ask({ calls: { clone3: [435, 0, 0], getpid: [39], uname: [63, 0] } })) as Record<
    string,
    number
  >;

  assert.equal(errors["clone3"], ENOSYS);
  assert.equal(errors["getpid"], 0);
  // A null pointer reaches the kernel: EFAULT, not EPERM.
  assert.equal(errors["uname"], 14);
});

test("inside it is AWS's user, on the host one of a range that nobody else has", {
  skip: skip || ((await probeUserNamespaces()) ? false : "this machine has no user namespaces"),
}, async () => {
  const [uid, gid, map] = (await ask({ who: true })) as [number, number, string[]];

  assert.deepEqual([uid, gid], [993, 990]);
  const [inside, first, count] = map.map(Number);
  assert.deepEqual([inside, count], [0, 1024]);
  assert.ok(first !== undefined && first > 1_800_000_000, `maps to ${String(first)}`);
  const owners = readdirSync("/proc")
    .filter((it) => /^\d+$/u.test(it))
    .flatMap((pid) => {
      try {
        return [Number(/^Uid:\t(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1])];
      } catch {
        return [];
      }
    });
  assert.ok(owners.includes(first + 993));
});
