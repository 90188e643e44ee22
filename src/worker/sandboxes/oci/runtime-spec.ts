// The OCI configuration of a sandbox. Pure: a spec and where its files lie go in, config.json comes out.
import type { SandboxSpec } from "../sandbox-driver.ts";
import { seccompProfile } from "./seccomp.ts";

/** AWS runs function code as this user. Source: Lambda execution environment, seen by `id`. */
export const SANDBOX_UID = 993;
export const SANDBOX_GID = 990;
/** What most functions have; a sandbox whose function has more gets it when that is known. */
export const EPHEMERAL_STORAGE_MIB_DEFAULT = 512;
/** The kernel's least: what nobody waits for takes no time from what somebody does. runc translates it for version 2. */
const BACKGROUND_CPU_SHARES = 2;
const PROCESSES_MAX = 1024;
const FILES_MAX = 1024;

/** Where things of one sandbox lie on the worker. */
export interface SandboxFiles {
  /** Seen inside as /var/rapid: init, busybox and what to launch. */
  readonly rapidDirectory: string;
  /** Below a shared mount; what is mounted here later appears inside as /var/task. */
  readonly taskDirectory: string;
  /** The same for /opt. */
  readonly optDirectory: string;
  /** The same for /var/rapid/compiled. */
  readonly compiledDirectory: string;
  readonly networkNamespace: string;
  /** Seen inside as /etc/resolv.conf. */
  readonly resolvConf: string;
  readonly cgroupPath: string;
  /** First of the host's user ids that the sandbox's ids 0 to 1,023 stand for; undefined: no user namespace. */
  readonly firstUserId: number | undefined;
}

/** How many user and group ids a sandbox has: AWS's user is among them. */
export const USER_IDS = 1024;

function idMappings(firstUserId: number | undefined): object {
  if (firstUserId === undefined) return {};
  const mappings = [{ containerID: 0, hostID: firstUserId, size: USER_IDS }];
  return { uidMappings: mappings, gidMappings: mappings };
}

const HIDDEN = [
  "/proc/acpi",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/kallsyms",
  "/proc/modules",
];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** config.json's content. */
export function runtimeSpec(spec: SandboxSpec, files: SandboxFiles): object {
  const bind = (source: string, destination: string, ...more: string[]) => ({
    type: "bind",
    source,
    destination,
    options: ["rbind", "ro", "nosuid", "nodev", ...more],
  });
  return {
    ociVersion: "1.0.2",
    hostname: "169.254.100.1".replaceAll(".", "-"),
    root: { path: spec.rootfs, readonly: true },
    process: {
      user: { uid: SANDBOX_UID, gid: SANDBOX_GID },
      args: ["/var/rapid/busybox", "sh", "/var/rapid/init.sh"],
      env: [],
      cwd: "/",
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: FILES_MAX, soft: FILES_MAX }],
    },
    mounts: [
      { type: "proc", source: "proc", destination: "/proc", options: ["nosuid", "noexec", "nodev"] },
      { type: "tmpfs", source: "tmpfs", destination: "/dev", options: ["nosuid", "noexec", "mode=755", "size=64k"] },
      {
        type: "tmpfs",
        source: "tmpfs",
        destination: "/tmp",
        options: [
          "nosuid",
          "nodev",
          "mode=700",
          `uid=${SANDBOX_UID}`,
          `gid=${SANDBOX_GID}`,
          `size=${EPHEMERAL_STORAGE_MIB_DEFAULT}m`,
        ],
      },
      bind(files.rapidDirectory, "/var/rapid"),
      bind(files.resolvConf, "/etc/resolv.conf"),
      ...(spec.isImage
        ? []
        : [bind(files.taskDirectory, "/var/task", "rslave"), bind(files.optDirectory, "/opt", "rslave")]),
      bind(files.compiledDirectory, "/var/rapid/compiled", "rslave"),
    ],
    linux: {
      namespaces: [
        { type: "pid" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
        { type: "cgroup" },
        { type: "network", path: files.networkNamespace },
        ...(files.firstUserId === undefined ? [] : [{ type: "user" }]),
      ],
      ...idMappings(files.firstUserId),
      cgroupsPath: files.cgroupPath,
      resources: {
        devices: [{ allow: false, access: "rwm" }],
        ...(spec.isBackground ? { cpu: { shares: BACKGROUND_CPU_SHARES } } : {}),
        pids: { limit: PROCESSES_MAX },
      },
      maskedPaths: HIDDEN,
      readonlyPaths: READ_ONLY,
      rootfsPropagation: "slave",
      seccomp: seccompProfile,
    },
  };
}
