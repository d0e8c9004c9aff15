import { CloseButton, NativeSelect, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { countStates, FLEET_SORTS, type FleetQuery, type FleetSort } from '../data/fleet-view.ts';
import { styleOf } from '../data/order-fleet.ts';
import { StateDot } from './state-badge.tsx';
import classes from './fleet-filter.module.css';

interface Props {
  agents: readonly AgentView[];
  query: FleetQuery;
  onChange: (query: FleetQuery) => void;
  /** Actions on the listed agents. */
  children?: ReactNode;
}

/** The filter and sort controls of the fleet. A selected state stays visible when no agent is in it any more. */
export function FleetFilter({ agents, query, onChange, children }: Props) {
  const counts = countStates(agents);
  const caring = agents.filter(({ state }) => styleOf(state).needsCare).length;
  const choose = (state: FleetQuery['state']) => onChange({ ...query, state: state === query.state ? null : state });
  const isGone = query.state !== null && query.state !== 'care' && !counts.some(({ state }) => state === query.state);
  const states = isGone ? [...counts, { state: query.state as AgentView['state'], count: 0 }] : counts;
  return (
    <search className={classes.bar} aria-label="Choose agents">
      <fieldset className={classes.chips} aria-label="State">
        <Chip isOn={query.state === null} count={agents.length} onClick={() => choose(null)}>
          All
        </Chip>
        {(caring > 0 || query.state === 'care') && (
          <Chip isOn={query.state === 'care'} count={caring} onClick={() => choose('care')}>
            Need you
          </Chip>
        )}
        {states.map(({ state, count }) => (
          <Chip key={state} isOn={query.state === state} count={count} onClick={() => choose(state)}>
            <StateDot state={state} />
            {styleOf(state).label}
          </Chip>
        ))}
      </fieldset>
      <div className={classes.fields}>
        <TextInput
          type="search"
          size="xs"
          aria-label="Name or role"
          placeholder="Name or role"
          value={query.text}
          maxLength={100}
          leftSection={<IconSearch size={14} stroke={1.8} />}
          rightSection={
            query.text === '' ? null : (
              <CloseButton size="sm" aria-label="Clear the name" onClick={() => onChange({ ...query, text: '' })} />
            )
          }
          onChange={(event) => onChange({ ...query, text: event.currentTarget.value })}
        />
        <NativeSelect
          size="xs"
          aria-label="Sort by"
          value={query.sort}
          data={Object.entries(FLEET_SORTS).map(([value, label]) => ({ value, label: `By ${label.toLowerCase()}` }))}
          onChange={(event) => onChange({ ...query, sort: event.currentTarget.value as FleetSort })}
        />
        {children}
      </div>
    </search>
  );
}

function Chip(props: { isOn: boolean; count: number; onClick: () => void; children: ReactNode }) {
  return (
    <UnstyledButton className={classes.chip ?? ''} aria-pressed={props.isOn} onClick={props.onClick}>
      {props.children} <span className={classes.count}>{props.count}</span>
    </UnstyledButton>
  );
}
