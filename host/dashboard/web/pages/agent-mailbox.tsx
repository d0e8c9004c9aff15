import { IconMailbox } from '@tabler/icons-react';
import { useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { pageByLimit } from '../data/combine-queries.ts';
import { useAgent, useMailbox } from '../data/queries.ts';
import { AgentHead } from '../parts/agent-head.tsx';
import { MessageCard } from '../parts/message-card.tsx';
import { LoadingRows } from '../parts/page.tsx';
import { QueryList } from '../parts/query-list.tsx';
import classes from '../parts/agent.module.css';
import { UnknownAgent } from './not-found.tsx';

const PAGE = 50;

/** The messages that an agent received and sent, newest first, with their receipts. */
export function AgentMailboxPage({ name }: { name: string }) {
  const { agent } = useAgent(name);
  if (agent === undefined) return <LoadingRows />;
  if (agent === null) return <UnknownAgent name={name} />;
  return (
    <div>
      <AgentHead agent={agent} page="mailbox" />
      <div className={classes.column}>
        <Mailbox agent={agent} />
      </div>
    </div>
  );
}

function Mailbox({ agent }: { agent: AgentView }) {
  const [limit, setLimit] = useState(PAGE);
  const mailbox = pageByLimit(useMailbox(agent.name, limit), {
    isFull: ({ messages }) => messages.length >= limit,
    grow: () => setLimit(limit + PAGE),
  });
  return (
    <QueryList
      of={mailbox}
      loading={{ rows: 4, height: 92 }}
      isEmpty={({ messages }) => messages.length === 0}
      empty={{
        icon: IconMailbox,
        title: 'No mail yet',
        text: `What ${agent.name} is sent, and what it sends, is listed here with who saw it when.`,
      }}
    >
      {({ messages }) => messages.map((message) => <MessageCard key={message.id} message={message} withThread />)}
    </QueryList>
  );
}
