// Linux calls that Node has no word for, made directly: a helper process for each would cost as much as a whole warm start.
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { dlopen, getInt32 } from "node:ffi";
import { Fault } from "../../foundation/fault.ts";

const CLONE_NEWNET = 0x40000000;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const F_SETFL = 4;
const MNT_DETACH = 2;
export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_REMOUNT = 32;
export const MS_BIND = 4096;
export const MS_SHARED: number = 1 << 20;

type LibC = ReturnType<typeof load>;

function load() {
  return dlopen("libc.so.6", {
    __errno_location: { arguments: [], return: "pointer" },
    unshare: { arguments: ["i32"], return: "i32" },
    setns: { arguments: ["i32", "i32"], return: "i32" },
    pipe2: { arguments: ["buffer", "i32"], return: "i32" },
    fcntl: { arguments: ["i32", "i32", "i64"], return: "i32" },
    socket: { arguments: ["i32", "i32", "i32"], return: "i32" },
    send: { arguments: ["i32", "buffer", "u64", "i32"], return: "i64" },
    recv: { arguments: ["i32", "buffer", "u64", "i32"], return: "i64" },
    mount: { arguments: ["string", "string", "string", "u64", "string"], return: "i32" },
    poll: { arguments: ["buffer", "u64", "i32"], return: "i32" },
    umount2: { arguments: ["string", "i32"], return: "i32" },
  }).functions;
}

// Calls that the C library has no function for; each form of arguments is a binding of its own.
function loadRaw() {
  return {
    pick: dlopen("libc.so.6", { syscall: { arguments: ["i64", "i64", "string", "i64"], return: "i64" } }).functions,
    configure: dlopen("libc.so.6", {
      syscall: { arguments: ["i64", "i64", "i64", "string", "string", "i64"], return: "i64" },
    }).functions,
    reconfigure: dlopen("libc.so.6", {
      syscall: { arguments: ["i64", "i64", "i64", "i64", "i64", "i64"], return: "i64" },
    }).functions,
  };
}

let loaded: LibC | undefined;
const libc = (): LibC => (loaded ??= load());
let loadedRaw: ReturnType<typeof loadRaw> | undefined;
const raw = (): ReturnType<typeof loadRaw> => (loadedRaw ??= loadRaw());

function checked(result: number | bigint, call: string): number {
  if (Number(result) >= 0) return Number(result);
  const errno = getInt32(libc().__errno_location());
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? String(errno);
  throw new Fault(`${call} failed: ${name}`, { context: { errno } });
}

/** A pipe: what is written at one end is read at the other. Both ends close on exec; the read end does not block. */
export function pipe(): { readonly readFd: number; readonly writeFd: number } {
  const fds = Buffer.alloc(8);
  checked(libc().pipe2(fds, O_CLOEXEC), "pipe2");
  const [readFd, writeFd] = [fds.readInt32LE(0), fds.readInt32LE(4)];
  checked(libc().fcntl(readFd, F_SETFL, BigInt(O_NONBLOCK)), "fcntl");
  return { readFd, writeFd };
}

/** Makes one end of a pipe blocking again, for a reader that expects that. */
export function makeBlocking(fd: number): void {
  checked(libc().fcntl(fd, F_SETFL, 0n), "fcntl");
}

const POLLIN = 1;
const POLLFD_BYTES = 8;

/**
 * Asks whether any of some descriptors has something to read, without waiting. Reading an empty pipe to find out would
 * cost an exception each.
 */
export function createReadiness(fds: readonly number[]): () => boolean {
  const set = Buffer.alloc(fds.length * POLLFD_BYTES);
  for (const [index, fd] of fds.entries()) {
    set.writeInt32LE(fd, index * POLLFD_BYTES);
    set.writeInt16LE(POLLIN, index * POLLFD_BYTES + 4);
  }
  return () => Number(libc().poll(set, BigInt(fds.length), 0)) > 0;
}

/** mount(2). */
export function mount(source: string, target: string, type: string, flags: number, data = ""): void {
  checked(libc().mount(source, target, type, BigInt(flags), data), `mount ${target}`);
}

/** umount2(2), detached: gone from the tree at once, freed when its last user ends. */
export function unmount(target: string): void {
  checked(libc().umount2(target, MNT_DETACH), `umount ${target}`);
}

// The same numbers on every architecture.
const SYS_FSCONFIG = 431n;
const SYS_FSPICK = 433n;
const AT_FDCWD = -100n;
const FSCONFIG_SET_STRING = 1n;
const FSCONFIG_CMD_RECONFIGURE = 7n;

/** Gives a tmpfs another size, in whichever mount namespace it is mounted; `path` may lead there by /proc/PID/root. */
export function resizeTmpfs(path: string, sizeMiB: number): void {
  const fd = checked(raw().pick.syscall(SYS_FSPICK, AT_FDCWD, path, 0n), `fspick ${path}`);
  try {
    const picked = BigInt(fd);
    const set = raw().configure.syscall(SYS_FSCONFIG, picked, FSCONFIG_SET_STRING, "size", `${sizeMiB}m`, 0n);
    checked(set, `setting the size of ${path}`);
    const done = raw().reconfigure.syscall(SYS_FSCONFIG, picked, FSCONFIG_CMD_RECONFIGURE, 0n, 0n, 0n);
    checked(done, `resizing ${path}`);
  } finally {
    closeSync(fd);
  }
}

/**
 * Runs synchronous work with this thread in another network namespace: a new one where none is given.
 * Only this thread moves, and only until the work returns, so nothing else of the process notices.
 */
export function inNetworkNamespace<T>(namespaceFd: number | undefined, work: () => T): T {
  const home = openSync("/proc/thread-self/ns/net", "r");
  try {
    if (namespaceFd === undefined) checked(libc().unshare(CLONE_NEWNET), "unshare");
    else checked(libc().setns(namespaceFd, CLONE_NEWNET), "setns");
    try {
      return work();
    } finally {
      checked(libc().setns(home, CLONE_NEWNET), "setns");
    }
  } finally {
    closeSync(home);
  }
}

/** A new network namespace, held by a descriptor: it ends when that is closed and nobody lives in it. */
export function newNetworkNamespace(): number {
  return inNetworkNamespace(undefined, () => openSync("/proc/thread-self/ns/net", "r"));
}

const AF_NETLINK = 16;
const SOCK_RAW = 3;

/** A route netlink socket of the namespace that the thread is in. */
export function openNetlink(): number {
  return checked(libc().socket(AF_NETLINK, SOCK_RAW | O_CLOEXEC, 0), "socket");
}

/** Sends one message and gives the kernel's answer. */
export function exchange(socketFd: number, message: Buffer): Buffer {
  checked(libc().send(socketFd, message, BigInt(message.length), 0), "send");
  const answer = Buffer.alloc(8192);
  return answer.subarray(0, checked(libc().recv(socketFd, answer, BigInt(answer.length), 0), "recv"));
}
