import * as z from 'zod';
import { agentName } from '../../../../protocol/names.ts';
import type { AgentBox, BoxOwner, CheckBox } from '../runtime.ts';

/** How the boxes of one kind are named, and told from all others. */
export interface BoxKind<O extends BoxOwner> {
  /** A label that boxes of this kind have and no others. */
  readonly label: string;
  readonly hostname: string;
  /** Of an owner, also with further fields: exactly what makes it this owner. */
  ownerOf(from: O): O;
  /** Part of the container's name; unique in the hive. */
  nameOf(owner: O): string;
  labelsOf(owner: O): Record<string, string>;
  /** Null: the labels are not those of a box of this kind. */
  readOwner(labels: unknown): O | null;
}

const agentLabels = z.object({
  'hive.agent': agentName,
  'hive.generation': z.coerce.number<string>().int().positive(),
});

export const AGENT_BOXES: BoxKind<AgentBox> = {
  label: 'hive.agent',
  hostname: 'agent',
  ownerOf: ({ agent, generation }) => ({ agent, generation }),
  nameOf: ({ agent, generation }) => `${agent}-g${generation}`,
  labelsOf: ({ agent, generation }) => ({ 'hive.agent': agent, 'hive.generation': String(generation) }),
  readOwner(labels) {
    const { data } = agentLabels.safeParse(labels);
    return data === undefined ? null : { agent: data['hive.agent'], generation: data['hive.generation'] };
  },
};

const checkLabels = z.object({ 'hive.check': z.coerce.number<string>().int().positive() });

export const CHECK_BOXES: BoxKind<CheckBox> = {
  label: 'hive.check',
  hostname: 'check',
  ownerOf: ({ run }) => ({ run }),
  nameOf: ({ run }) => `check-${run}`,
  labelsOf: ({ run }) => ({ 'hive.check': String(run) }),
  readOwner(labels) {
    const { data } = checkLabels.safeParse(labels);
    return data === undefined ? null : { run: data['hive.check'] };
  },
};
