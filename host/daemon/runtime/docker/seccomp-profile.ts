/**
 * The system calls a box may use: everything that editors, compilers, git, Node and the LLM CLIs need, nothing that
 * administers a machine.
 *
 * Hyperhive brings its own list because an engine's default changes with its version. Docker 20.10's lets a box open
 * AF_VSOCK sockets, which no network namespace confines (in a virtual machine they reach the hypervisor), and io_uring,
 * which creates sockets past any filter. Here:
 * - calls for the machine's own architecture only; the 32-bit ones have their own socket calls;
 * - sockets: Unix, IPv4, IPv6, and netlink for reading the box's own interfaces;
 * - no namespaces, mounts, keyrings, BPF, performance counters, user faults, io_uring, other processes' memory;
 * - no asynchronous I/O contexts and no keyrings, whose numbers are limited for the host as a whole.
 * `ptrace` stays: an agent may debug its own programs, and all of a box belongs to one user anyway.
 */
export function seccompProfile(): object {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
    ],
    syscalls: [
      { names: Object.values(ALLOWED).flatMap((names) => names.split(' ')), action: 'SCMP_ACT_ALLOW' },
      // Reported as missing (ENOSYS), so that libraries fall back: to clone, whose flags can be filtered, to epoll, and
      // to threads.
      { names: ['clone3', ...IO_URING, ...ASYNC_IO], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      allowWhen('clone', { index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }),
      ...PERSONALITIES.map((value) => allowWhen('personality', { index: 0, value, op: 'SCMP_CMP_EQ' })),
      ...[AF_UNIX, AF_INET, AF_INET6].map((value) => allowWhen('socket', { index: 0, value, op: 'SCMP_CMP_EQ' })),
      allowWhen(
        'socket',
        { index: 0, value: AF_NETLINK, op: 'SCMP_CMP_EQ' },
        { index: 2, value: NETLINK_ROUTE, op: 'SCMP_CMP_EQ' },
      ),
      allowWhen('socketpair', { index: 0, value: AF_UNIX, op: 'SCMP_CMP_EQ' }),
    ],
  };
}

interface ArgumentRule {
  index: number;
  value: number;
  valueTwo?: number;
  op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ';
}

function allowWhen(name: string, ...args: ArgumentRule[]): object {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args };
}

const ENOSYS = 38;
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e_02_00_00;
/** Linux; 32-bit Linux; the same with UNAME26; a query of the present one. None that makes data executable. */
const PERSONALITIES = [0x0, 0x8, 0x2_00_00, 0x2_00_08, 0xff_ff_ff_ff];
/**
 * Their contexts count against fs.aio-nr, one counter for the whole host: a box could exhaust it for the host's
 * databases.
 */
const ASYNC_IO = ['io_setup', 'io_destroy', 'io_submit', 'io_cancel', 'io_getevents', 'io_pgetevents'];
const IO_URING = ['io_uring_setup', 'io_uring_enter', 'io_uring_register'];

/** Calls that are allowed whatever their arguments, by purpose. Names that a kernel does not know are ignored. */
const ALLOWED = {
  filesByName:
    'access faccessat faccessat2 chdir chmod fchmodat fchmodat2 chown lchown fchownat creat open openat openat2 link linkat mkdir mkdirat mknod mknodat readlink readlinkat rename renameat renameat2 rmdir symlink symlinkat truncate unlink unlinkat utime utimes utimensat futimesat getcwd umask',
  filesOpen:
    'close close_range copy_file_range dup dup2 dup3 fadvise64 fallocate fchdir fchmod fchown fcntl fdatasync flock fsync ftruncate getdents getdents64 ioctl lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile splice sync sync_file_range syncfs tee vmsplice write writev',
  fileFacts:
    'stat fstat lstat newfstatat statx statfs fstatfs cachestat getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr',
  waiting:
    'epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6 eventfd eventfd2 signalfd signalfd4 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch pipe pipe2 pause',
  memory:
    'brk madvise map_shadow_stack memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect',
  processes:
    'execve execveat exit exit_group fork vfork getpgid getpgrp getpid getppid getsid gettid kill pidfd_open pidfd_send_signal prctl ptrace setpgid setsid tgkill tkill wait4 waitid arch_prctl restart_syscall',
  threads:
    'futex futex_waitv futex_wait futex_wake futex_requeue get_robust_list set_robust_list membarrier rseq set_tid_address getcpu',
  scheduling:
    'getpriority setpriority ioprio_get ioprio_set sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_yield',
  users:
    'capget capset getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups',
  limits: 'getrlimit setrlimit prlimit64 getrusage sysinfo times uname',
  signals:
    'rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sigaltstack alarm',
  time: 'clock_getres clock_gettime clock_nanosleep getitimer setitimer gettimeofday nanosleep time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime',
  sockets:
    'accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto setsockopt shutdown',
  messages:
    'mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget',
  // Programs may confine themselves further.
  confinement: 'landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp',
  chance: 'getrandom',
} as const;
