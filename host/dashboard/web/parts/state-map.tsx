import { Popover, Text, UnstyledButton } from '@mantine/core';
import {
  meaningOf,
  type State,
  STATE_GROUPS,
  type StateGroup,
  shownState,
  STATES,
  statesOf,
} from '../../../../protocol/agent-states.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { styleOf } from '../data/order-fleet.ts';
import { StateBadge } from './state-badge.tsx';
import classes from './state-map.module.css';

const TITLES: Readonly<Record<StateGroup, string>> = {
  rest: 'No turn runs',
  turn: 'A turn, step by step',
  wait: 'After a turn that did not end well',
  hold: 'Held: no turn begins',
  box: 'The box',
};

/** The agent's state; a click shows all states with the present one marked (the table of protocol/agent-states.ts). */
export function StateMap({ agent }: { agent: Pick<AgentView, 'state' | 'phase'> }) {
  const current = currentOf(agent);
  return (
    <Popover width={360} position="bottom-start" withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton
          c="var(--mantine-color-text)"
          aria-label={`State: ${styleOf(agent.state).label}. Show all states`}
        >
          <StateBadge state={agent.state} />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" mb={10}>
          <b>{labelOf(current ?? 'running')}</b>: {meaningOf(agent.state, agent.phase)}
        </Text>
        {STATE_GROUPS.map((group) => (
          <div key={group}>
            <Text size="xs" c="dimmed">
              {TITLES[group]}
            </Text>
            <ol className={classes.row} data-steps={group === 'turn' || undefined}>
              {statesOf(group).map((state) => (
                <li
                  key={state}
                  className={classes.state}
                  title={STATES[state].means}
                  data-next={(current !== null && STATES[current].next.includes(state)) || undefined}
                  aria-current={state === current || undefined}
                >
                  {labelOf(state)}
                </li>
              ))}
            </ol>
          </div>
        ))}
        <Text size="xs" c="dimmed">
          With a border: what may follow now.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Null for a running turn whose step is unknown. */
function currentOf({ state, phase }: Pick<AgentView, 'state' | 'phase'>): State | null {
  return state === 'working' ? (phase ?? null) : state;
}

function labelOf(state: State): string {
  return shownState(state) === 'working' ? state : styleOf(shownState(state)).label;
}
