import { Badge, Group, ScrollArea, Text } from '@mantine/core';
import { IconGitBranch, IconHelpCircle, IconLayoutGrid, IconMessages, type TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { orderFleet, lookOf } from '../data/order-fleet.ts';
import { useOpenQuestions } from '../data/mail-queries.ts';
import { useFleet, useInbox } from '../data/queries.ts';
import { Logo } from './logo.tsx';
import { SidebarFoot } from './sidebar-foot.tsx';
import { StateDot } from './state-badge.tsx';
import classes from './sidebar.module.css';

/** Pages first, then every agent with its state, then the state of the connection and settings. */
export function Sidebar({ onSignedOut }: { onSignedOut: () => void }) {
  const unread = useInbox().data?.unread ?? 0;
  const questions = useOpenQuestions().data?.open ?? 0;
  const agents = useFleet().data?.agents ?? [];
  return (
    <>
      <div className={classes.top}>
        <Link href="/" className="quiet-link" aria-label="Hyperhive, to the fleet">
          <Logo />
        </Link>
      </div>
      <nav className={classes.pages} aria-label="Pages">
        <Entry href="/" icon={IconLayoutGrid}>
          Fleet
        </Entry>
        <Entry href="/messages" icon={IconMessages} count={unread} counted="unread">
          Messages
        </Entry>
        <Entry href="/questions" icon={IconHelpCircle} count={questions} counted="open">
          Questions
        </Entry>
        <Entry href="/forge" icon={IconGitBranch}>
          Forge
        </Entry>
      </nav>
      <ScrollArea className={classes.agents} type="auto" scrollbarSize={6}>
        <nav aria-label="Agents">
          <Text className={classes.label} aria-hidden>
            Agents
          </Text>
          {orderFleet(agents).map(({ agent, depth }) => (
            <Entry key={agent.name} href={`/agents/${agent.name}`} depth={depth}>
              <StateDot state={agent.state} />
              <span className={classes.name}>{agent.name}</span>
              <span className={classes.said}>{lookOf(agent.state).label}</span>
              {agent.dead > 0 && (
                <Badge size="xs" color="red" variant="light" title="Mail that was given up">
                  {agent.dead} dead
                </Badge>
              )}
            </Entry>
          ))}
        </nav>
      </ScrollArea>
      <SidebarFoot onSignedOut={onSignedOut} />
    </>
  );
}

function Entry({
  href,
  icon: Icon,
  count = 0,
  counted = '',
  depth = 0,
  children,
}: {
  href: string;
  icon?: TablerIcon;
  count?: number;
  /** What is counted, in a word. */
  counted?: string;
  depth?: number;
  children: ReactNode;
}) {
  const [location] = useLocation();
  const isHere = href === '/' ? location === '/' : location === href || location.startsWith(`${href}/`);
  return (
    <Link
      href={href}
      className={classes.entry ?? ''}
      aria-current={isHere ? 'page' : undefined}
      style={{ paddingLeft: 10 + Math.min(depth, 3) * 12 }}
    >
      {Icon !== undefined && <Icon size={17} stroke={1.7} aria-hidden />}
      <Group component="span" gap={9} wrap="nowrap" flex={1} miw={0}>
        {children}
      </Group>
      {count > 0 && (
        <Badge size="sm" c="dark.9" circle={count < 10} aria-label={`${count} ${counted}`}>
          {count}
        </Badge>
      )}
    </Link>
  );
}
