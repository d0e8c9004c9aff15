import { Button } from '@mantine/core';
import { IconWorld } from '@tabler/icons-react';
import { useState } from 'react';
import { useApprovals, useHostRules } from '../data/host-queries.ts';
import { ApprovalItem } from '../parts/approval-item.tsx';
import { ConnectionTable } from '../parts/connection-table.tsx';
import { InjectionList } from '../parts/injection-list.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { RuleForm, type RuleGiven } from '../parts/rule-form.tsx';
import { RuleItem } from '../parts/rule-item.tsx';
import { SectionHead } from '../parts/section-head.tsx';
import { TrafficList } from '../parts/traffic-list.tsx';

/** Hosts outside: those that agents ask for, the rules, and what was reached. */
export function HostsPage() {
  const [making, setMaking] = useState<RuleGiven | null>(null);
  return (
    <Page narrow>
      <PageHead
        title="Hosts"
        documentTitle="Hosts"
        about="Boxes reach no host outside but those that a rule allows, through the hive’s gateway."
      >
        <Button onClick={() => setMaking({ subject: '', target: '' })}>New rule</Button>
      </PageHead>
      {making !== null && <RuleForm given={making} onClose={() => setMaking(null)} />}
      <Approvals />
      <Rules />
      <InjectionList />
      <TrafficList />
      <SectionHead title="Connections" />
      <ConnectionTable onAllow={setMaking} />
    </Page>
  );
}

/** Nothing while no agent asks. */
function Approvals() {
  const approvals = useApprovals().data?.approvals ?? [];
  if (approvals.length === 0) return null;
  return (
    <section aria-label="Asked for">
      <PanelList label="Hosts that agents ask for">
        {approvals.map((approval) => (
          <ApprovalItem key={approval.id} approval={approval} />
        ))}
      </PanelList>
    </section>
  );
}

function Rules() {
  return (
    <>
      <SectionHead title="Rules" />
      <QueryList
        of={useHostRules()}
        loading={{ rows: 2 }}
        isEmpty={({ rules }) => rules.length === 0}
        empty={{
          icon: IconWorld,
          title: 'No host is allowed',
          text: 'An agent that asks for a host waits while you are asked here. A rule lets it through without asking; a preset such as npm has all hosts of a package manager.',
        }}
      >
        {({ rules, presets }) => (
          <PanelList label="Rules">
            {rules.map((rule) => (
              <RuleItem key={rule.id} rule={rule} presets={presets} />
            ))}
          </PanelList>
        )}
      </QueryList>
    </>
  );
}
