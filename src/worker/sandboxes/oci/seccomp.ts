// The system calls that function code may make: a table. What is not in it is refused, as if the kernel did not allow it.
// Left out are the machine itself (modules, clocks, swap), mounts and namespaces, other processes' memory, keys, and kernel
// surface with a history of escapes (bpf, io_uring, userfaultfd, perf) that none of AWS's runtimes use.

import { architecture } from "../../../foundation/host.ts";

const FILES: readonly string[] = [
  "access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64",
  "fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr",
  "flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync ftruncate futimesat",
  "getcwd getdents getdents64 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl lchown",
  "lgetxattr link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat memfd_create mkdir mkdirat",
  "mknod mknodat newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead",
  "readlink readlinkat readv removexattr rename renameat renameat2 rmdir sendfile setxattr splice stat",
  "statfs statx symlink symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat utime",
  "utimensat utimes write writev cachestat",
];

const MEMORY: readonly string[] = [
  "brk get_mempolicy madvise map_shadow_stack membarrier mincore mlock mlock2 mlockall mmap mprotect mremap mseal msync",
  "munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages shmat shmctl shmdt shmget",
];

const PROCESSES: readonly string[] = [
  "alarm arch_prctl capget capset execve execveat exit exit_group fork getegid geteuid getgid",
  "getgroups getpgid getpgrp getpid getppid getpriority getresgid getresuid getrlimit",
  "get_robust_list getrusage getsid gettid getuid ioprio_get ioprio_set kill pause pidfd_open pidfd_send_signal",
  "prctl prlimit64 process_mrelease restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo",
  "rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_getaffinity sched_getattr",
  "sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval",
  "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setfsgid",
  "setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid",
  "setreuid setrlimit set_robust_list setsid set_thread_area set_tid_address setuid sigaltstack",
  "sysinfo tgkill time times tkill uname vfork wait4 waitid",
  "getcpu getrandom get_thread_area seccomp",
];

const WAITING: readonly string[] = [
  "clock_getres clock_gettime clock_nanosleep epoll_create",
  "epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 futex",
  "futex_requeue futex_wait futex_waitv futex_wake getitimer gettimeofday io_cancel io_destroy io_getevents",
  "io_pgetevents io_setup io_submit nanosleep poll ppoll pselect6",
  "select signalfd signalfd4 timer_create timer_delete timer_getoverrun timer_gettime",
  "timer_settime timerfd_create timerfd_gettime timerfd_settime",
];

const TALKING: readonly string[] = [
  "accept accept4 bind connect getpeername getsockname getsockopt listen mq_getsetattr mq_notify mq_open",
  "mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd",
  "recvfrom recvmmsg recvmsg semctl semget semop semtimedop sendmmsg sendmsg sendto",
  "setsockopt shutdown socketpair",
];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET: threads and processes yes, namespaces no. */
const NAMESPACE_FLAGS = 0x7e020000;
const AF_VSOCK = 40;
const EPERM = 1;
const ENOSYS = 38;

const allow = "SCMP_ACT_ALLOW";
const words = (lines: readonly string[]): string[] => lines.flatMap((line) => line.split(" "));

/** The profile as the OCI runtime takes it. Calls that are newer than the table are answered as by a kernel without them. */
export const seccompProfile: object = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: EPERM,
  // One architecture, as on AWS: code of another (32-bit programs) can't run, and each would double the filter.
  architectures: [architecture === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"],
  syscalls: [
    { names: words([...FILES, ...MEMORY, ...PROCESSES, ...WAITING, ...TALKING]), action: allow },
    {
      names: ["clone"],
      action: allow,
      args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    },
    // Its flags lie behind a pointer, which no filter follows: the C library then takes clone.
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
    // Sockets to the host of a virtual machine are not function code's.
    { names: ["socket"], action: allow, args: [{ index: 0, value: AF_VSOCK, op: "SCMP_CMP_NE" }] },
    // Linux and its 32-bit and BSD-like personalities, as compilers and debuggers ask for them.
    ...[0x0, 0x0008, 0x20000, 0x20008, 0xffffffff].map((value) => ({
      names: ["personality"],
      action: allow,
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
    })),
  ],
};
