import Docker from 'dockerode';
import { HiveError } from '../../../../protocol/errors.ts';
import type { Place } from '../../node/place.ts';
import type { BoxOwner, BoxPlan, BoxRef, CheckBox, Runtime } from '../runtime.ts';
import { AGENT_BOXES, type BoxKind, CHECK_BOXES } from './box-kinds.ts';
import { readBoxStatus, readListedBox } from './box-status.ts';
import { openBoxTerminal, runInBox } from './box-terminal.ts';
import { boxName, boxOptions, LABELS } from './box-options.ts';
import { checkMounts } from './check-mounts.ts';
import { callEngine, isStatus } from './engine-call.ts';
import { findUnseen } from './find-unseen.ts';
import { followLogs } from './follow-logs.ts';
import { createBoxList } from './list-boxes.ts';
import { parseLogs } from './parse-logs.ts';
import { watchEvents } from './watch-events.ts';

/** Deadlines of calls to the engine, in milliseconds. Boxes are made on slow disks too. */
const QUICK_MS = 10_000;
const SLOW_MS = 60_000;
const PING_MS = 3_000;
const MOST_LOG_LINES = 10_000;

export interface DockerRuntimeOptions {
  /** The engine's socket, e.g. /var/run/docker.sock. */
  readonly socketPath: string;
  /** Label of the hive's boxes; those of other hives are ignored. */
  readonly hiveId: string;
  /** The path of a place on the engine's machine. */
  readonly pathOf: (place: Place) => string;
  readonly log?: (line: string) => void;
}

/** The boxes of agents. */
export function createDockerRuntime(options: DockerRuntimeOptions): Runtime {
  return createRuntimeOf(AGENT_BOXES, options);
}

/** The boxes of checks. */
export function createDockerCheckRuntime(options: DockerRuntimeOptions): Runtime<CheckBox> {
  return createRuntimeOf(CHECK_BOXES, options);
}

/**
 * Boxes as containers of a Docker Engine (20.10 or newer) on a local socket.
 *
 * Never copies files into or out of a box (getArchive, putArchive): the engine resolves paths there as root of the
 * host. Besides the interface's errors: `runtime_failed` when a mount of the plan is not as declared (missing, a
 * symbolic link, the engine's own socket).
 */
function createRuntimeOf<O extends BoxOwner>(kind: BoxKind<O>, options: DockerRuntimeOptions): Runtime<O> {
  const { socketPath, hiveId, pathOf, log = () => {} } = options;
  // The library reads DOCKER_HOST; an empty host and an explicit protocol override it.
  const docker = new Docker({ socketPath, host: '', protocol: 'http' });
  const sought = { hiveId, kind };
  const box = (ref: BoxRef<O>) => docker.getContainer(ref.id);

  async function inspect(id: string) {
    const found = await callEngine({ timeoutMs: QUICK_MS, fine: [404] }, () => docker.getContainer(id).inspect());
    return found === null ? null : readBoxStatus(found, sought);
  }

  async function listContainers() {
    const found = await callEngine({ timeoutMs: QUICK_MS }, (abortSignal) =>
      docker.listContainers({ all: true, filters: { label: [`${LABELS.hive}=${hiveId}`, kind.label] }, abortSignal }),
    );
    return found.map((container) => readListedBox(container, sought)).filter((listed) => listed !== null);
  }

  /** Volumes that an image declares would become writable directories that the plan does not have. */
  async function volumesOf(image: string): Promise<string[]> {
    const found = await callEngine({ timeoutMs: QUICK_MS, fine: [404] }, () => docker.getImage(image).inspect());
    if (found === null)
      throw new HiveError('image_missing', `The image ${image} is not on this machine. Run "npm start" to build it.`);
    return Object.keys((found.Config?.Volumes as Record<string, object> | null | undefined) ?? {});
  }

  async function adopt(plan: BoxPlan<O>): Promise<BoxRef<O>> {
    const name = boxName(hiveId, kind, plan);
    const found = await inspect(name);
    if (found !== null && kind.nameOf(found) === kind.nameOf(plan)) return { ...kind.ownerOf(found), id: found.id };
    throw new HiveError(
      'engine_error',
      `A container that is not of this hive is called ${name} already. Remove it first.`,
    );
  }

  return {
    kind: 'docker',

    async ping(signal) {
      try {
        const version = await callEngine({ timeoutMs: PING_MS, signal }, () => docker.version());
        return { ok: true, version: version.Version };
      } catch (error) {
        return { ok: false, reason: error instanceof Error ? error.message : String(error) };
      }
    },

    async hasImage(image) {
      const found = await callEngine({ timeoutMs: QUICK_MS, fine: [404] }, () => docker.getImage(image).inspect());
      return found !== null;
    },

    async create(plan) {
      const mounts = plan.mounts.map(({ place, ...how }) => ({ source: pathOf(place), ...how }));
      await checkMounts(mounts, socketPath);
      const imageVolumes = await volumesOf(plan.image);
      const container = boxOptions(plan, { ...sought, imageVolumes, mounts });
      const made = await callEngine({ timeoutMs: SLOW_MS, fine: [409] }, (abortSignal) =>
        docker.createContainer({ ...container, abortSignal }),
      );
      if (made === null) return adopt(plan);
      return { ...kind.ownerOf(plan), id: made.id };
    },

    async start(ref) {
      await callEngine({ timeoutMs: SLOW_MS, fine: [304] }, (abortSignal) => box(ref).start({ abortSignal }));
    },

    /** The engine counts the grace period in whole seconds, so `graceMs` is rounded up. */
    async stop(ref, graceMs) {
      const t = Math.ceil(graceMs / 1000);
      await callEngine({ timeoutMs: t * 1000 + SLOW_MS, fine: [304, 404] }, (abortSignal) =>
        box(ref).stop({ t, abortSignal }),
      );
    },

    async destroy(ref) {
      try {
        await callEngine({ timeoutMs: SLOW_MS, fine: [404] }, (abortSignal) =>
          box(ref).remove({ force: true, v: true, abortSignal }),
        );
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
        // Another removal is in progress: the box will be gone, as requested.
        await callEngine({ timeoutMs: SLOW_MS, fine: [404] }, (abortSignal) =>
          box(ref).wait({ condition: 'removed', abortSignal }),
        );
      }
    },

    inspect: (ref) => inspect(ref.id),

    list: createBoxList({ list: listContainers, inspect }),

    async findUnseen(image, places) {
      const unseen = await findUnseen(docker, { image, dirs: places.map(pathOf) });
      return places.flatMap((place) =>
        unseen.flatMap(({ path, why }) => (path === pathOf(place) ? [{ place, why }] : [])),
      );
    },

    follow: (ref, signal) => followLogs(box(ref), signal),

    async logs(ref, lines) {
      const tail = Math.min(lines, MOST_LOG_LINES);
      const raw = await callEngine({ timeoutMs: QUICK_MS, fine: [404] }, (abortSignal) =>
        box(ref).logs({ stdout: true, stderr: true, timestamps: true, follow: false, tail, abortSignal }),
      );
      return raw === null ? [] : parseLogs(raw).slice(-tail);
    },

    openTerminal: (ref, plan) => openBoxTerminal(docker, box(ref), plan),

    run: (ref, plan) => runInBox(box(ref), plan),

    watch({ onChange, onLost }, signal) {
      watchEvents(docker, { ...sought, log, onChange, onLost }, signal);
    },
  };
}
