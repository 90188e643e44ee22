// System calls that no function needs: a table. They change the machine, reach other processes or widen the kernel's surface.

/** Answered with EPERM inside a sandbox. */
export const deniedSystemCalls: readonly string[] = [
  // The machine itself.
  "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module",
  "query_module", "get_kernel_syms", "settimeofday", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64", "adjtimex", "stime",
  "swapon", "swapoff", "acct", "syslog", "quotactl", "quotactl_fd", "nfsservctl", "iopl", "ioperm", "sethostname",
  "setdomainname", "vhangup", "personality",
  // Mounts and namespaces.
  "mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick",
  "pivot_root", "chroot", "setns", "unshare", "statmount", "listmount",
  // Other processes.
  "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "process_madvise", "pidfd_getfd",
  // Kernel surface with a history of escapes, none of it used by AWS's runtimes.
  "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key",
  "request_key", "lookup_dcookie", "name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark",
  "uselib", "ustat", "sysfs", "_sysctl", "vmsplice", "set_mempolicy", "mbind", "migrate_pages", "move_pages",
  "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "lsm_set_self_attr",
];
