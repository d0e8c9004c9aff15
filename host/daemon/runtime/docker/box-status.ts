import type Docker from 'dockerode';
import * as z from 'zod';
import type { BoxEnd, BoxFacts, BoxOwner, BoxRef, BoxStatus } from '../runtime.ts';
import type { BoxKind } from './box-kinds.ts';
import { LABELS } from './box-options.ts';

const boxLabels = z.object({
  [LABELS.hive]: z.string(),
  [LABELS.fingerprint]: z.string(),
  [LABELS.cli]: z.string().optional(),
});

/** The hive, and the boxes in it that are looked for. */
interface Sought<O extends BoxOwner> {
  readonly hiveId: string;
  readonly kind: BoxKind<O>;
}

/** What a box's labels say; null when they are not those of a box of this hive and kind. */
function readLabels<O extends BoxOwner>(
  given: unknown,
  { hiveId, kind }: Sought<O>,
): { owner: O; facts: Pick<BoxFacts, 'fingerprint' | 'cli'> } | null {
  const { success, data } = boxLabels.safeParse(given);
  const owner = kind.readOwner(given);
  if (!success || data[LABELS.hive] !== hiveId || owner === null) return null;
  return { owner, facts: { fingerprint: data[LABELS.fingerprint], cli: data[LABELS.cli] ?? null } };
}

/** Converts a container of the engine's list. The list does not say how an exited one ended. */
export function readListedBox<O extends BoxOwner>(
  container: Docker.ContainerInfo,
  sought: Sought<O>,
): (BoxRef<O> & Omit<BoxFacts, 'end'>) | null {
  const read = readLabels(container.Labels, sought);
  if (read === null) return null;
  const state = stateOf(container.State);
  return { id: container.Id, ...read.owner, ...read.facts, state, madeAt: container.Created * 1_000 };
}

/** Converts an inspected container. */
export function readBoxStatus<O extends BoxOwner>(
  container: Docker.ContainerInspectInfo,
  sought: Sought<O>,
): BoxStatus<O> | null {
  const read = readLabels(container.Config.Labels, sought);
  if (read === null) return null;
  const state = stateOf(container.State.Status);
  return {
    id: container.Id,
    ...read.owner,
    ...read.facts,
    state,
    madeAt: Math.floor(timeOf(container.Created) / 1_000) * 1_000,
    end: state === 'exited' ? readEnd(container) : null,
  };
}

function readEnd({ State, HostConfig }: Docker.ContainerInspectInfo): BoxEnd {
  return {
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    ranMs: Math.max(0, timeOf(State.FinishedAt) - timeOf(State.StartedAt)),
    memoryMb: Math.round((HostConfig.Memory ?? 0) / (1024 * 1024)),
  };
}

/** The engine's state, which has the same names in a list and in an inspection. */
function stateOf(status: string): BoxFacts['state'] {
  switch (status) {
    case 'created':
      return 'created';
    case 'running':
    case 'paused':
    case 'restarting':
      return 'running';
    default:
      // exited, dead, removing
      return 'exited';
  }
}

/** In epoch milliseconds. The engine writes the year 1 for "never", which becomes 0 here. */
function timeOf(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at);
}
