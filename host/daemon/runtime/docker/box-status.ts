import type Docker from 'dockerode';
import { z } from 'zod';
import { agentName } from '../../../../protocol/names.ts';
import type { BoxRef, BoxStatus } from '../runtime.ts';
import { LABELS } from './box-options.ts';

const boxLabels = z.object({
  [LABELS.hive]: z.string(),
  [LABELS.agent]: agentName,
  [LABELS.generation]: z.coerce.number<string>().int().positive(),
  [LABELS.fingerprint]: z.string(),
});

/** A container as a box; null when its labels do not make it one of this hive's. */
export function readBoxStatus(container: Docker.ContainerInspectInfo, hiveId: string): BoxStatus | null {
  const labels = boxLabels.safeParse(container.Config.Labels);
  if (!labels.success || labels.data[LABELS.hive] !== hiveId) return null;
  const state = stateOf(container.State.Status);
  return {
    id: container.Id,
    agent: labels.data[LABELS.agent],
    generation: labels.data[LABELS.generation],
    fingerprint: labels.data[LABELS.fingerprint],
    state,
    exitCode: state === 'exited' ? container.State.ExitCode : null,
    oomKilled: container.State.OOMKilled,
    startedAt: timeOf(container.State.StartedAt),
    memoryMb: Math.round((container.HostConfig.Memory ?? 0) / (1024 * 1024)),
  };
}

export function refOfBox({ id, agent, generation }: BoxStatus): BoxRef {
  return { id, agent, generation };
}

/** As the engine calls it, in a list and in an inspection alike. */
export function stateOf(status: string): BoxStatus['state'] {
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

/** The engine writes the year 1 for "never". */
function timeOf(text: string): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? null : at;
}
