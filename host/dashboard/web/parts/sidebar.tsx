import { ScrollArea } from '@mantine/core';
import {
  IconCoin,
  IconGitBranch,
  IconHelpCircle,
  IconLayoutGrid,
  IconMessages,
  IconRoute,
  IconWorld,
} from '@tabler/icons-react';
import { Link } from 'wouter';
import { useOpenQuestions } from '../data/mail-queries.ts';
import { useApprovals } from '../data/host-queries.ts';
import { useInbox } from '../data/queries.ts';
import { Logo } from './logo.tsx';
import { SidebarAgents } from './sidebar-agents.tsx';
import { Entry } from './sidebar-entry.tsx';
import { SidebarFoot } from './sidebar-foot.tsx';
import classes from './sidebar.module.css';

/** The navigation: pages, agents with their states, connection state and settings. */
export function Sidebar({ onSignedOut }: { onSignedOut: () => void }) {
  const unread = useInbox().data?.unread ?? 0;
  const questions = useOpenQuestions().data?.open ?? 0;
  const approvals = useApprovals().data?.approvals.length ?? 0;
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
        <Entry href="/hosts" icon={IconWorld} count={approvals} counted="asked for">
          Hosts
        </Entry>
        <Entry href="/money" icon={IconCoin}>
          Money
        </Entry>
        <Entry href="/gateway" icon={IconRoute}>
          Gateway
        </Entry>
      </nav>
      <ScrollArea className={classes.agents} type="auto" scrollbarSize={6}>
        <SidebarAgents />
      </ScrollArea>
      <SidebarFoot onSignedOut={onSignedOut} />
    </>
  );
}
