import { Anchor, Box, Group, Tabs, Text } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { listQueued } from '../../../../protocol/receipt-words.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { AgentButtons, AgentMenu } from './agent-actions.tsx';
import { OutdatedBadge } from './agent-summary.tsx';
import { PageHead } from './page.tsx';
import { QuietSwitch } from './quiet-switch.tsx';
import { StateReason } from './state-badge.tsx';
import { StateMap } from './state-map.tsx';
import { Cost, Tokens } from './usage.tsx';
import classes from './agent.module.css';

const PAGES = {
  transcript: { path: '', title: (name: string) => name },
  mailbox: { path: '/mailbox', title: (name: string) => `${name}'s mailbox` },
  reminders: { path: '/reminders', title: (name: string) => `${name}'s reminders` },
  spec: { path: '/spec', title: (name: string) => `${name}'s spec` },
  terminal: { path: '/terminal', title: (name: string) => `${name}'s terminal` },
} as const;
type AgentPage = keyof typeof PAGES;

/** The header of an agent's pages: name, state, actions and tabs. */
export function AgentHead({ agent, page }: { agent: AgentView; page: AgentPage }) {
  const [, go] = useLocation();
  const base = `/agents/${agent.name}`;
  return (
    <div className={classes.head}>
      <PageHead
        title={agent.name}
        documentTitle={PAGES[page].title(agent.name)}
        about={
          <Group gap="4px 14px">
            <StateMap agent={agent} />
            {agent.spec.role !== agent.name && <span>{agent.spec.role}</span>}
            {agent.outdated && <OutdatedBadge />}
            <QuietSwitch agent={agent} />
          </Group>
        }
      >
        <Box visibleFrom="sm">
          <AgentButtons agent={agent} />
        </Box>
        <Box hiddenFrom="sm">
          <AgentMenu agent={agent} />
        </Box>
      </PageHead>
      <div className={classes.reason}>
        <StateReason agent={agent} lines={3} />
      </div>
      <div className={classes.bar}>
        <Tabs
          value={page}
          onChange={(value) => go(base + PAGES[value as AgentPage].path)}
          aria-label={`Pages of ${agent.name}`}
          variant="default"
        >
          <Tabs.List>
            <Tabs.Tab value="transcript">Transcript</Tabs.Tab>
            <Tabs.Tab value="mailbox" rightSection={agent.queued + agent.dead > 0 ? <MailCount agent={agent} /> : null}>
              Mailbox
            </Tabs.Tab>
            <Tabs.Tab value="reminders">Reminders</Tabs.Tab>
            <Tabs.Tab value="spec">Spec</Tabs.Tab>
            <Tabs.Tab value="terminal">Terminal</Tabs.Tab>
          </Tabs.List>
        </Tabs>
        <Facts agent={agent} />
      </div>
    </div>
  );
}

function MailCount({ agent }: { agent: AgentView }) {
  return (
    <Text span size="xs" c={agent.dead > 0 ? 'var(--hive-bad)' : 'dimmed'} fw={agent.dead > 0 ? 600 : 400}>
      {agent.dead > 0 ? `${agent.dead} dead` : listQueued(agent).join(', ')}
    </Text>
  );
}

/** Facts about the agent besides its state, in one line. */
function Facts({ agent }: { agent: AgentView }) {
  return (
    <dl className={classes.facts}>
      <Fact name="Model">
        {agent.provider === 'demo' ? <span className={classes.demo}>demo (scripted)</span> : agent.spec.model}
      </Fact>
      {agent.parent !== null && (
        <Fact name="Parent">
          <Anchor component={Link} href={`/agents/${agent.parent}`} inherit c="inherit">
            {agent.parent}
          </Anchor>
        </Fact>
      )}
      <Fact name="Generation">{agent.generation}</Fact>
      <Fact name="Turns">{agent.turns}</Fact>
      <Fact name="Tokens">
        <Tokens usage={agent.usage} />
      </Fact>
      <Fact name="Cost">
        <Cost usage={agent.usage} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-num>{children}</dd>
    </div>
  );
}
