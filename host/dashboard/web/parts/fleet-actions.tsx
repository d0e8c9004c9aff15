import { Button, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentView, AgentWithoutCli } from '../../../../protocol/schemas/agent.ts';
import { callHive } from '../data/api.ts';
import { type BulkRow, BULK_ACTIONS, targetsOf } from '../data/bulk-actions.ts';
import { useConfirm } from './confirm.tsx';

interface Props {
  /** The listed agents. */
  agents: readonly AgentView[];
  /** Whether these are all agents of the fleet: a rebuild then includes agents that are created meanwhile. */
  areAll: boolean;
}

/** The menu of actions on all listed agents. Agents that an action does not apply to are skipped. */
export function FleetActions({ agents, areAll }: Props) {
  const ask = useConfirm();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (row: BulkRow) => actOnAll(row, { agents, areAll }),
    onSuccess: (message) => notifications.show({ message }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['agents'] }),
  });
  const choose = (row: BulkRow) => {
    const { targets, cut } = targetsOf(row, agents);
    if (cut.length === 0 && !row.alwaysAsks) return act.mutate(row);
    const which = `${targets.length} ${targets.length === 1 ? 'agent' : 'agents'}`;
    ask({
      title: `${row.label} ${which}?`,
      text:
        cut.length === 0
          ? row.consequence
          : `${row.consequence} Running turns end now and their messages are put back for later ones: ${listNames(cut)}.`,
      verb: row.label,
      onConfirm: () => act.mutate(row),
    });
  };
  return (
    <Menu position="bottom-end" width={290}>
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          rightSection={<IconChevronDown size={14} stroke={1.8} />}
          loading={act.isPending}
          disabled={agents.length === 0}
        >
          {areAll ? `Act on all ${agents.length}` : `Act on these ${agents.length}`}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {BULK_ACTIONS.map((row) => {
          const count = targetsOf(row, agents).targets.length;
          return (
            <Menu.Item
              key={row.label}
              leftSection={<row.icon size={16} stroke={1.7} />}
              {...(count > 0 ? {} : { 'data-disabled': true })}
              aria-disabled={count === 0}
              closeMenuOnClick={count > 0}
              onClick={() => (count > 0 ? choose(row) : undefined)}
            >
              {row.label}
              <Text span size="xs" c="dimmed" display="block">
                {count === 0 ? row.whyNone : `${count} of ${agents.length}${row.hint === '' ? '' : `, ${row.hint}`}`}
              </Text>
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Acts on the agents one after the other; a failure does not stop the others. Returns a summary for the operator. */
async function actOnAll(row: BulkRow, { agents, areAll }: Props): Promise<string> {
  const names = targetsOf(row, agents).targets.map(({ name }) => name);
  const { operation } = row;
  if (operation === null) {
    const { agents: rebuilt, withoutCli } = await callHive('rebuildAll', {
      ...(row.rebuild === 'now' ? { now: true } : {}),
      ...(areAll ? {} : { agents: names }),
    });
    return `${rebuilt.length} being rebuilt, the manager first${row.rebuild === 'now' ? '' : '; each when its turn is over'}.${sayWithoutCli(withoutCli)}`;
  }
  const failed: string[] = [];
  for (const name of names) {
    try {
      await callHive(operation, { name });
    } catch (error) {
      // An error that does not concern one agent alone ends the loop and is shown once.
      if (!(error instanceof HiveError) || GENERAL_ERRORS.has(error.code)) throw error;
      failed.push(error.message);
    }
  }
  const done = names.length - failed.length;
  return `${done} ${row.doneText}${failed.length === 0 ? '.' : `; ${failed.length} not: ${failed.slice(0, 3).join(' ')}`}`;
}

/** Who was left alone, and what helps. */
function sayWithoutCli(left: readonly AgentWithoutCli[]): string {
  if (left.length === 0) return '';
  const clis = [...new Set(left.map(({ cli }) => cli))];
  return ` Not rebuilt, because the CLI is not in the hive's toolchain: ${listNames(left)}. Add it on the host: hivectl toolchain add ${clis.join(' ')}`;
}

const GENERAL_ERRORS: ReadonlySet<string> = new Set(['hive_unreachable', 'unauthenticated', 'engine_unavailable']);

function listNames(agents: readonly Pick<AgentView, 'name'>[]): string {
  const shown = agents.slice(0, 8).map(({ name }) => name);
  return `${shown.join(', ')}${agents.length > shown.length ? ` and ${agents.length - shown.length} more` : ''}`;
}
