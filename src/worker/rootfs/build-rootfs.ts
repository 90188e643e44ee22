// Builds a runtime's root filesystem from the interpreter and tools of a system and the libraries they need.
import { copyFile, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../../foundation/fault.ts";
import { inside } from "./inside.ts";
import { libraryClosure } from "./library-closure.ts";
import { THIS_SYSTEM } from "./sysroot.ts";

/** Commands that bootstraps written as shell scripts expect of Amazon Linux; those the system lacks are left out. */
const TOOLS = [
  "bash",
  "cat",
  "chmod",
  "cp",
  "cut",
  "curl",
  "date",
  "dirname",
  "basename",
  "echo",
  "env",
  "expr",
  "false",
  "find",
  "grep",
  "head",
  "id",
  "ln",
  "ls",
  "mkdir",
  "mktemp",
  "mv",
  "nproc",
  "printf",
  "ps",
  "pwd",
  "readlink",
  "rm",
  "rmdir",
  "sed",
  "seq",
  "sleep",
  "sort",
  "stat",
  "tail",
  "tee",
  "test",
  "touch",
  "tr",
  "true",
  "uname",
  "uniq",
  "wc",
  "which",
  "xargs",
  "base64",
  "sha256sum",
  "gzip",
  "tar",
  "awk",
  "openssl",
  "jq",
  "kill",
  "dd",
  "df",
  "du",
  "sh",
];

const DIRECTORIES = [
  "dev",
  "etc/ssl/certs",
  "home",
  "mnt",
  "opt",
  "proc",
  "root",
  "tmp",
  "usr/bin",
  "usr/lib",
  "usr/lib64",
  "usr/sbin",
  "usr/local/bin",
  "usr/share",
  "var/lang/bin",
  "var/lang/lib",
  "var/rapid",
  "var/runtime",
  "var/task",
];

const FILES: Readonly<Record<string, string>> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n",
  "etc/group": "root:x:0:\nsbx_user1051:x:990:\n",
  "etc/hosts": "127.0.0.1 localhost localhost.localdomain\n",
  "etc/nsswitch.conf": "hosts: files dns\n",
  "etc/resolv.conf": "",
  "etc/os-release":
    'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\nPRETTY_NAME="Hearth (in the place of Amazon Linux 2023)"\n',
};

const CERTIFICATES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/** Where a binary and its libraries come from. */
export interface BinarySource {
  /** The system; this machine's own unless told. */
  readonly sysroot?: string;
  /** A directory whose libraries come with the binary some other way. */
  readonly own?: string;
}

/** Copies one file of a system to a path in a root, following links, unless it is there. */
async function copyInto(root: string, sysroot: string, file: string, to = file): Promise<void> {
  const target = join(root, to);
  if (existsSync(target)) return;
  await mkdir(dirname(target), { recursive: true });
  await copyFile(inside(sysroot, file), target);
}

/** Copies a binary and every library it needs, but those that come with it in a directory of its own. */
export async function addBinary(root: string, file: string, to: string, source: BinarySource = {}): Promise<void> {
  await copyInto(root, source.sysroot ?? THIS_SYSTEM, file, to);
  await addLibrariesOf(root, file, source);
}

/** The libraries of extension modules and the like, which are loaded later. */
export async function addLibrariesOf(root: string, file: string, source: BinarySource = {}): Promise<void> {
  const { sysroot = THIS_SYSTEM, own } = source;
  for (const library of await libraryClosure(file, sysroot))
    if (own === undefined || !library.startsWith(`${own}/`)) await copyInto(root, sysroot, library);
}

function findTool(sysroot: string, name: string): string | undefined {
  const places = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map((it) => join(it, name));
  return places.find((it) => existsSync(inside(sysroot, it)));
}

/** What starts bootstraps, and what tells of which libraries a root is made: without either nothing in it would start. */
function refuseIncomplete(sysroot: string): void {
  const missing = ["sh", "ldd"].filter((it) => findTool(sysroot, it) === undefined);
  if (missing.length > 0)
    throw new Fault(`${sysroot} has no ${missing.join(" and no ")}, so no root can be made of it`);
}

/** The parts of the C library and of compilers' own that binaries for Amazon Linux may be linked with. */
const LIBRARIES = [
  "libdl.so.2",
  "libgcc_s.so.1",
  "libm.so.6",
  "libpthread.so.0",
  "libresolv.so.2",
  "librt.so.1",
  "libstdc++.so.6",
];

async function addLibraries(root: string, sysroot: string): Promise<void> {
  const libc = (await libraryClosure("/bin/sh", sysroot)).find((it) => it.endsWith("/libc.so.6"));
  if (libc === undefined) return;
  for (const name of LIBRARIES) {
    const library = join(dirname(libc), name);
    if (existsSync(inside(sysroot, library))) await copyInto(root, sysroot, library);
  }
}

/**
 * The part that all runtimes share: directories, users, certificates, tools. A root has one C library, so its tools are of
 * the system that the interpreter is of; certificates and time zones are this machine's always. Throws a Fault for a system
 * that has not what it takes.
 */
export async function buildBase(root: string, sysroot: string = THIS_SYSTEM): Promise<void> {
  refuseIncomplete(sysroot);
  for (const directory of DIRECTORIES) await mkdir(join(root, directory), { recursive: true });
  // /bin, /lib and the rest are links into /usr, as on Amazon Linux.
  for (const name of ["bin", "lib", "lib64", "sbin"]) await symlink(`usr/${name}`, join(root, name));
  for (const [file, content] of Object.entries(FILES)) await writeFile(join(root, file), content);
  const certificates = CERTIFICATES.find((it) => existsSync(it));
  if (certificates !== undefined) {
    await copyInto(root, THIS_SYSTEM, certificates, "etc/ssl/certs/ca-certificates.crt");
    await mkdir(join(root, "etc/pki/tls/certs"), { recursive: true });
    await symlink("/etc/ssl/certs/ca-certificates.crt", join(root, "etc/pki/tls/certs/ca-bundle.crt"));
  }
  for (const tool of TOOLS) {
    const found = findTool(sysroot, tool);
    if (found !== undefined) await addBinary(root, found, `usr/bin/${tool}`, { sysroot });
  }
  await addLibraries(root, sysroot);
  if (existsSync("/usr/share/zoneinfo")) {
    await cp("/usr/share/zoneinfo", join(root, "usr/share/zoneinfo"), { recursive: true, verbatimSymlinks: true });
  }
}
