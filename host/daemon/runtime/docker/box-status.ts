import type Docker from 'dockerode';
import * as z from 'zod';
import { agentName } from '../../../../protocol/names.ts';
import type { BoxEnd, BoxRef, BoxStatus } from '../runtime.ts';
import { LABELS } from './box-options.ts';

const boxLabels = z.object({
  [LABELS.hive]: z.string(),
  [LABELS.agent]: agentName,
  [LABELS.generation]: z.coerce.number<string>().int().positive(),
  [LABELS.fingerprint]: z.string(),
  [LABELS.cli]: z.string().optional(),
});

/** A box's identity from its labels; null when they are not those of a box of this hive. */
function readLabels(
  given: unknown,
  hiveId: string,
): Pick<BoxStatus, 'agent' | 'generation' | 'fingerprint' | 'cli'> | null {
  const { success, data } = boxLabels.safeParse(given);
  if (!success || data[LABELS.hive] !== hiveId) return null;
  return {
    agent: data[LABELS.agent],
    generation: data[LABELS.generation],
    fingerprint: data[LABELS.fingerprint],
    cli: data[LABELS.cli] ?? null,
  };
}

/** Converts a container of the engine's list. The list does not say how an exited one ended. */
export function readListedBox(container: Docker.ContainerInfo, hiveId: string): Omit<BoxStatus, 'end'> | null {
  const labels = readLabels(container.Labels, hiveId);
  if (labels === null) return null;
  return { id: container.Id, ...labels, state: stateOf(container.State), madeAt: container.Created * 1_000 };
}

/** Converts an inspected container. */
export function readBoxStatus(container: Docker.ContainerInspectInfo, hiveId: string): BoxStatus | null {
  const labels = readLabels(container.Config.Labels, hiveId);
  if (labels === null) return null;
  const state = stateOf(container.State.Status);
  return {
    id: container.Id,
    ...labels,
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

export function refOfBox({ id, agent, generation }: BoxStatus): BoxRef {
  return { id, agent, generation };
}

/** The engine's state, which has the same names in a list and in an inspection. */
function stateOf(status: string): BoxStatus['state'] {
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
