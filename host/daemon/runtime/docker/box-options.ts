import type Docker from 'dockerode';
import type { BoxOwner, BoxPlan } from '../runtime.ts';
import type { BoxKind } from './box-kinds.ts';
import type { BindMount } from './check-mounts.ts';
import { seccompProfile } from './seccomp-profile.ts';

/** The labels by which boxes of every kind are found again, besides those of its owner (box-kinds.ts). */
export const LABELS = {
  hive: 'hive.id',
  fingerprint: 'hive.fingerprint',
  cli: 'hive.cli',
} as const;

const MIB = 1024 * 1024;
const SHM_BYTES = 64 * MIB;
/** Plenty for an agent, and below the limit that an engine without CAP_SYS_RESOURCE can set (often 20,000). */
const OPEN_FILES = 16_384;
/** One scheduler period, in microseconds; a quota of the same length is one core. */
const CPU_PERIOD_US = 100_000;
/** Not recursive: a file system mounted below a read-only source would be writable in the box. */
const BIND: { Propagation: 'rprivate'; NonRecursive: true } = { Propagation: 'rprivate', NonRecursive: true };
/** When the host runs out of memory, the kernel kills a box before hived and its services (0). */
const OOM_SCORE_ADJ = 500;

/** A box's name: readable in `docker ps`, and unique for its owner, so that a concurrent second creation fails. */
export function boxName<O extends BoxOwner>(hiveId: string, kind: BoxKind<O>, owner: O): string {
  return `hive-${hiveId.slice(0, 8)}-${kind.nameOf(owner)}`;
}

/**
 * The options with which the engine creates a box. Everything that isolates is explicit, also where it is the engine's
 * default, since an engine's defaults can be changed by its configuration. `imageVolumes` are covered: volumes declared
 * by an image must not become writable directories on the host's disk.
 */
export function boxOptions<O extends BoxOwner>(
  plan: BoxPlan<O>,
  hive: { hiveId: string; kind: BoxKind<O>; imageVolumes: readonly string[]; mounts: readonly BindMount[] },
): Docker.ContainerCreateOptions & { name: string } {
  const { kind } = hive;
  if (plan.uid === 0 || plan.gid === 0) throw new Error(`box of ${kind.nameOf(plan)}: a box never runs as root`);
  return {
    name: boxName(hive.hiveId, kind, plan),
    Image: plan.image,
    Hostname: kind.hostname,
    User: `${plan.uid}:${plan.gid}`,
    Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: plan.workdir,
    // As entry point, so that the image's own is not prepended.
    Entrypoint: [...plan.argv],
    Cmd: [],
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      [LABELS.hive]: hive.hiveId,
      ...kind.labelsOf(plan),
      [LABELS.fingerprint]: plan.fingerprint,
      ...(plan.cli === null ? {} : { [LABELS.cli]: plan.cli }),
    },
    NetworkDisabled: true,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    OpenStdin: false,
    Tty: false,
    StopSignal: 'SIGTERM',
    HostConfig: { ...isolation(plan), ...allowance(plan), ...files(plan, hive), ...upkeep() },
  };
}

/** The isolation of a box. */
function isolation(plan: BoxPlan<BoxOwner>): Docker.HostConfig & { CgroupnsMode: string } {
  return {
    NetworkMode: 'none',
    IpcMode: 'private',
    PidMode: '',
    UTSMode: '',
    CgroupnsMode: 'private',
    Privileged: false,
    CapDrop: ['ALL'],
    CapAdd: [],
    Devices: [],
    GroupAdd: plan.groups.map(String),
    SecurityOpt: ['no-new-privileges:true', `seccomp=${JSON.stringify(seccompProfile())}`],
  };
}

/** The resource limits of a box. */
function allowance({ limits }: BoxPlan<BoxOwner>): Docker.HostConfig {
  return {
    Memory: limits.memoryMb * MIB,
    // Equal to the memory limit: no additional swap.
    MemorySwap: limits.memoryMb * MIB,
    // As quota: the engine refuses NanoCpus above the machine's cores, though a larger limit harms nobody.
    CpuPeriod: CPU_PERIOD_US,
    CpuQuota: Math.round(limits.cpus * CPU_PERIOD_US),
    PidsLimit: limits.pids,
    ShmSize: SHM_BYTES,
    OomScoreAdj: OOM_SCORE_ADJ,
    Ulimits: [
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
  };
}

/** The file systems of a box. Mounts as objects: unlike `Binds`, a missing source is an error. */
function files(
  plan: BoxPlan<BoxOwner>,
  { imageVolumes, mounts }: { imageVolumes: readonly string[]; mounts: readonly BindMount[] },
): Docker.HostConfig {
  const covers = imageVolumes.filter((path) => mounts.every((mount) => mount.target !== path) && path !== '/tmp');
  return {
    ReadonlyRootfs: true,
    Tmpfs: {
      ...Object.fromEntries(covers.map((path) => [path, 'ro,noexec,nosuid,nodev,size=4k,mode=0555'])),
      // Agents build and run programs there, hence exec.
      '/tmp': `rw,exec,nosuid,nodev,size=${plan.limits.tmpMb}m,mode=1777`,
    },
    Mounts: mounts.map((mount) => ({
      Type: 'bind',
      Source: mount.source,
      Target: mount.target,
      ReadOnly: mount.readOnly,
      BindOptions: BIND,
    })),
  };
}

/**
 * Supervision of a box: by hived, not by the engine. Its output is bounded, and complete once it has ended (hence no
 * `mode: non-blocking`).
 */
function upkeep(): Docker.HostConfig {
  return {
    // docker-init is process 1: it reaps orphans and forwards signals to the harness.
    Init: true,
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
  };
}
