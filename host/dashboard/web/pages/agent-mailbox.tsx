import { Button, Group } from '@mantine/core';
import { IconMailbox } from '@tabler/icons-react';
import { useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { useAgent, useMailbox } from '../data/queries.ts';
import { AgentHead } from '../parts/agent-head.tsx';
import { MessageCard } from '../parts/message-card.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../parts/page.tsx';
import classes from '../parts/agent.module.css';
import { UnknownAgent } from './not-found.tsx';

const PAGE = 50;

/** What an agent got and wrote, newest first, with who saw it. */
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
  const mailbox = useMailbox(agent.name, limit);
  if (mailbox.data === undefined && mailbox.error !== null)
    return <ErrorState error={mailbox.error} onRetry={() => void mailbox.refetch()} />;
  if (mailbox.data === undefined) return <LoadingRows rows={4} height={92} />;
  const { messages } = mailbox.data;
  if (messages.length === 0)
    return (
      <EmptyState icon={IconMailbox} title="No mail yet">
        What {agent.name} is sent, and what it sends, is listed here with who saw it when.
      </EmptyState>
    );
  return (
    <>
      {messages.map((message) => (
        <MessageCard key={message.id} message={message} withThread />
      ))}
      {messages.length >= limit && (
        <Group justify="center" mt="lg">
          <Button
            variant="default"
            size="xs"
            loading={mailbox.isPlaceholderData}
            onClick={() => setLimit(limit + PAGE)}
          >
            Load older
          </Button>
        </Group>
      )}
    </>
  );
}
