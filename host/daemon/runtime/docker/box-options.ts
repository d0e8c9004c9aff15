import type Docker from 'dockerode';
import type { BoxPlan } from '../runtime.ts';
import type { BindMount } from './check-mounts.ts';
import { seccompProfile } from './seccomp-profile.ts';

/** How a box is found again. */
export const LABELS = {
  hive: 'hive.id',
  agent: 'hive.agent',
  generation: 'hive.generation',
  fingerprint: 'hive.fingerprint',
} as const;

const MIB = 1024 * 1024;
const SHM_BYTES = 64 * MIB;
/** Plenty for an agent, and below what an engine without CAP_SYS_RESOURCE may hand out (often 20,000). */
const OPEN_FILES = 16_384;
/** One scheduler period, in microseconds; a quota of so many per period is one core. */
const CPU_PERIOD_US = 100_000;
/** Not recursive: a file system mounted below a read-only source would come along writable. */
const BIND: { Propagation: 'rprivate'; NonRecursive: true } = { Propagation: 'rprivate', NonRecursive: true };
/** When the host runs out of memory, a box dies before hived and its services (0) do. */
const OOM_SCORE_ADJ = 500;

/** A box's name: readable in `docker ps`, and taken when two try to make the same generation. */
export function boxName(hiveId: string, plan: Pick<BoxPlan, 'agent' | 'generation'>): string {
  return `hive-${hiveId.slice(0, 8)}-${plan.agent}-g${plan.generation}`;
}

/**
 * The box as the engine is asked for it. Everything that isolates is said here, also where it is the
 * engine's default, since an engine's defaults can be configured away. `imageVolumes` are covered:
 * what an image declares as a volume must not become a writable place on the host's disk.
 */
export function boxOptions(
  plan: BoxPlan,
  hive: { hiveId: string; imageVolumes: readonly string[]; mounts: readonly BindMount[] },
): Docker.ContainerCreateOptions & { name: string } {
  if (plan.uid === 0 || plan.gid === 0) throw new Error(`box of ${plan.agent}: a box never runs as root`);
  return {
    name: boxName(hive.hiveId, plan),
    Image: plan.image,
    Hostname: 'agent',
    User: `${plan.uid}:${plan.gid}`,
    Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: plan.workdir,
    // As entry point, so that the image's own is not put before it.
    Entrypoint: [...plan.argv],
    Cmd: [],
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      [LABELS.hive]: hive.hiveId,
      [LABELS.agent]: plan.agent,
      [LABELS.generation]: String(plan.generation),
      [LABELS.fingerprint]: plan.fingerprint,
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

/** What a box is kept from. */
function isolation(plan: BoxPlan): Docker.HostConfig & { CgroupnsMode: string } {
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

/** What a box may use. */
function allowance({ limits }: BoxPlan): Docker.HostConfig {
  return {
    Memory: limits.memoryMb * MIB,
    // The same number: no swap on top.
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

/** What a box sees. Mounts as objects: unlike `Binds`, a source that is not there is an error. */
function files(
  plan: BoxPlan,
  { imageVolumes, mounts }: { imageVolumes: readonly string[]; mounts: readonly BindMount[] },
): Docker.HostConfig {
  const covers = imageVolumes.filter((path) => mounts.every((mount) => mount.target !== path) && path !== '/tmp');
  return {
    ReadonlyRootfs: true,
    Tmpfs: {
      ...Object.fromEntries(covers.map((path) => [path, 'ro,noexec,nosuid,nodev,size=4k,mode=0555'])),
      // Agents build and run things there, hence exec.
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

/** How a box is kept: hived supervises it, not the engine. Its output is bounded, and all there once it has ended (hence no `mode: non-blocking`). */
function upkeep(): Docker.HostConfig {
  return {
    // docker-init is process 1: it reaps orphans and hands signals on to the harness.
    Init: true,
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
  };
}
