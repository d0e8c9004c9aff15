import { Text } from '@mantine/core';
import { useProviders } from '../data/queries.ts';
import { Page, PageHead } from '../parts/page.tsx';
import { ProviderItem } from '../parts/provider-item.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';

/** The model providers with the state of their keys, and the scripted demo model. */
export function ProvidersPage() {
  return (
    <Page narrow>
      <PageHead
        title="Providers"
        documentTitle="Providers"
        about="Agents reach models through the gateway, which alone has the keys. A key that is set is never shown again."
      />
      <QueryList of={useProviders()} loading={{ rows: 2, height: 84 }} empty={null}>
        {({ providers }) => (
          <PanelList label="Providers">
            {providers.map((provider) => (
              <ProviderItem key={provider.name} provider={provider} others={providers} />
            ))}
          </PanelList>
        )}
      </QueryList>
      <Text size="sm" c="dimmed" mt="lg">
        Further providers and keys are added with hivectl provider add and set --add. Proxies and certificates are in
        config.yaml on the host.
      </Text>
    </Page>
  );
}
