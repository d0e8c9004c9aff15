import { Button, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useGateway } from '../data/gateway-queries.ts';
import { useProviders } from '../data/queries.ts';
import { BudgetsInShort } from '../parts/budgets-in-short.tsx';
import { GatewayFacts } from '../parts/gateway-facts.tsx';
import { ModelList } from '../parts/model-list.tsx';
import { OpenCalls } from '../parts/open-calls.tsx';
import { OpenConnections } from '../parts/open-connections.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { ProviderForm } from '../parts/provider-form.tsx';
import { ProviderItem } from '../parts/provider-item.tsx';
import { QueryList } from '../parts/query-list.tsx';

/** The gateway: providers with their keys and limits, open calls, who answers each model, budgets and hosts in short. */
export function GatewayPage() {
  const [isAdding, setAdding] = useState(false);
  const gateway = useGateway();
  const held = gateway.data?.now?.held ?? null;
  return (
    <Page narrow>
      <PageHead
        title="Gateway"
        documentTitle="Gateway"
        about="Agents reach models and hosts outside through the gateway, which alone has the keys."
      >
        <Button onClick={() => setAdding(true)}>Add a provider</Button>
      </PageHead>
      {isAdding && <ProviderForm onClose={() => setAdding(false)} />}
      {gateway.data !== undefined && <GatewayFacts described={gateway.data} />}
      <Section title="Providers">
        <QueryList of={useProviders()} loading={{ rows: 2, height: 84 }} empty={null}>
          {({ providers }) => (
            <PanelList label="Providers">
              {providers.map((provider) => (
                <ProviderItem key={provider.name} provider={provider} others={providers} held={held} />
              ))}
            </PanelList>
          )}
        </QueryList>
      </Section>
      <Section title="Open calls">
        <QueryList of={gateway} loading={{ rows: 2 }} empty={null}>
          {({ now }) => <OpenCalls now={now} />}
        </QueryList>
      </Section>
      <Section title="Models">
        <ModelList />
      </Section>
      <Section title="Budgets">
        <BudgetsInShort />
      </Section>
      <Section title="Hosts outside">
        <OpenConnections now={gateway.data?.now ?? null} />
      </Section>
    </Page>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h4" mt={32} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}
