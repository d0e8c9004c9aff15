import { Button, Group, Text } from '@mantine/core';
import { IconHexagons, IconSearch } from '@tabler/icons-react';
import { useSearchParams } from 'wouter';
import { chooseFleet, readFleetQuery, writeFleetQuery } from '../data/fleet-view.ts';
import { formatCost, formatCount, sumUsage } from '../data/format.ts';
import { lookOf } from '../data/order-fleet.ts';
import { useFleet } from '../data/queries.ts';
import { CopyCommand } from '../parts/copy-command.tsx';
import { FleetCards } from '../parts/fleet-cards.tsx';
import { FleetFilter } from '../parts/fleet-filter.tsx';
import { FleetTable } from '../parts/fleet-table.tsx';
import { Health } from '../parts/health.tsx';
import { EmptyState, ErrorState, LoadingRows, Page, PageHead } from '../parts/page.tsx';
import { ProviderNotice } from '../parts/provider-notice.tsx';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';

/** Every agent: what it is, how it is, what it does now, what it cost. */
export function FleetPage() {
  const fleet = useFleet();
  const agents = fleet.data?.agents ?? [];
  return (
    <Page>
      <PageHead title="Fleet" documentTitle="Fleet" about={agents.length > 0 ? describeFleet(agents) : undefined}>
        <Health />
      </PageHead>
      <ProviderNotice />
      <FleetBody />
    </Page>
  );
}

function FleetBody() {
  const fleet = useFleet();
  const agents = fleet.data?.agents ?? [];
  if (fleet.data === undefined && fleet.error !== null)
    return <ErrorState error={fleet.error} onRetry={() => void fleet.refetch()} />;
  if (fleet.data === undefined) return <LoadingRows />;
  if (agents.length === 0)
    return (
      <EmptyState icon={IconHexagons} title="No agents yet">
        An agent is a box of its own with a mailbox and files. Make the first one, the manager, and it appears here:
        <Group justify="center" mt="md">
          <CopyCommand command="npx hivectl create manager" />
        </Group>
      </EmptyState>
    );
  return <ChosenFleet agents={agents} />;
}

/** The agents that the operator chose; the address holds the choice, so that it can be kept and come back to. */
function ChosenFleet({ agents }: { agents: readonly AgentView[] }) {
  const [params, setParams] = useSearchParams();
  const query = readFleetQuery(params);
  const placed = chooseFleet(agents, query);
  return (
    <>
      <FleetFilter
        agents={agents}
        query={query}
        onChange={(changed) => setParams(writeFleetQuery(changed), { replace: true })}
      />
      {placed.length === 0 ? (
        <EmptyState icon={IconSearch} title="No agent is like that">
          <Button
            variant="default"
            size="xs"
            mt="xs"
            onClick={() => setParams(writeFleetQuery({ ...query, state: null, text: '' }), { replace: true })}
          >
            Show all {agents.length}
          </Button>
        </EmptyState>
      ) : (
        <>
          <FleetTable placed={placed} />
          <FleetCards placed={placed} />
        </>
      )}
    </>
  );
}

/** "2 working, 1 needs you · 3.1M tokens · $20.05". */
function describeFleet(agents: AgentView[]) {
  const working = agents.filter(({ state }) => state === 'working').length;
  const caring = agents.filter(({ state }) => lookOf(state).needsCare).length;
  const { tokens, ...cost } = sumUsage(agents);
  const parts = [
    `${agents.length} ${agents.length === 1 ? 'agent' : 'agents'}`,
    `${working} working`,
    `${formatCount(tokens)} tokens`,
    `${formatCost(cost)} spent`,
  ];
  return (
    <>
      {parts.join(' · ')}
      {caring > 0 && (
        <Text span c="var(--hive-bad)" fw={520}>
          {` · ${caring} ${caring === 1 ? 'needs' : 'need'} you`}
        </Text>
      )}
    </>
  );
}
