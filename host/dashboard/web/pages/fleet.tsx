import { Button, Group, Text } from '@mantine/core';
import { IconHexagons, IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useSearchParams } from 'wouter';
import { chooseFleet, readFleetQuery, writeFleetQuery } from '../data/fleet-view.ts';
import { formatCost, formatCount, sumUsage } from '../data/format.ts';
import { styleOf } from '../data/order-fleet.ts';
import { useFleet } from '../data/queries.ts';
import { CopyCommand } from '../parts/copy-command.tsx';
import { FleetActions } from '../parts/fleet-actions.tsx';
import { FleetCards } from '../parts/fleet-cards.tsx';
import { FleetFilter } from '../parts/fleet-filter.tsx';
import { FleetTable } from '../parts/fleet-table.tsx';
import { Health } from '../parts/health.tsx';
import { EmptyState, Page, PageHead } from '../parts/page.tsx';
import { ProviderNotice } from '../parts/provider-notice.tsx';
import { QueryList } from '../parts/query-list.tsx';
import classes from '../parts/fleet.module.css';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';

/** All agents with their state, activity and cost. */
export function FleetPage() {
  const fleet = useFleet();
  const agents = fleet.data?.agents ?? [];
  return (
    <Page>
      <PageHead title="Fleet" documentTitle="Fleet" about={agents.length > 0 ? describeFleet(agents) : undefined}>
        <div className={classes.beside}>
          <Health />
          <Button component={Link} href="/agents/new" size="xs" leftSection={<IconPlus size={15} />}>
            New agent
          </Button>
        </div>
      </PageHead>
      <ProviderNotice />
      <FleetBody />
    </Page>
  );
}

function FleetBody() {
  return (
    <QueryList
      of={useFleet()}
      loading={{ rows: 4 }}
      isEmpty={({ agents }) => agents.length === 0}
      empty={{
        icon: IconHexagons,
        title: 'No agents yet',
        text: (
          <>
            An agent is a box of its own with a mailbox and files. Make the first one, the manager, and it appears here:
            <Group justify="center" mt="md">
              <CopyCommand command="npx hivectl create manager" />
            </Group>
          </>
        ),
      }}
    >
      {({ agents }) => <ChosenFleet agents={agents} />}
    </QueryList>
  );
}

/** The filtered fleet. The filter is kept in the page's address, so that it can be bookmarked. */
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
      >
        <FleetActions agents={placed.map(({ agent }) => agent)} areAll={placed.length === agents.length} />
      </FleetFilter>
      {placed.length === 0 ? (
        <EmptyState icon={IconSearch} title="No agent matches">
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
  const needCare = agents.filter(({ state }) => styleOf(state).needsCare).length;
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
      {needCare > 0 && (
        <Text span c="var(--hive-bad)" fw={520}>
          {` · ${needCare} ${needCare === 1 ? 'needs' : 'need'} you`}
        </Text>
      )}
    </>
  );
}
