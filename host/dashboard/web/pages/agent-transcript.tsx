import { Button } from '@mantine/core';
import { IconArrowDown, IconMessageCircle2 } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { type Block, composeTranscript } from '../data/compose-transcript.ts';
import { useAgent, useMailbox } from '../data/queries.ts';
import { useTranscript } from '../data/transcript-query.ts';
import { AgentHead } from '../parts/agent-head.tsx';
import { Composer } from '../parts/composer.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../parts/page.tsx';
import { useStickToEnd } from '../parts/stick-to-end.ts';
import { type Messages, NoteLine, TurnView } from '../parts/turn.tsx';
import classes from '../parts/agent.module.css';
import { UnknownAgent } from './not-found.tsx';

/** An agent's live transcript, with a form to write to it. */
export function AgentTranscriptPage({ name }: { name: string }) {
  const { agent } = useAgent(name);
  if (agent === undefined) return <LoadingRows />;
  if (agent === null) return <UnknownAgent name={name} />;
  return <Transcript agent={agent} />;
}

function Transcript({ agent }: { agent: AgentView }) {
  const transcript = useTranscript(agent.name);
  const mailbox = useMailbox(agent.name);
  const blocks = useMemo(() => composeTranscript(transcript.data ?? []), [transcript.data]);
  const messages = useMemo(
    () => new Map(mailbox.data?.messages.map((message) => [message.id, message])),
    [mailbox.data],
  );
  const { ref, onScroll, atEnd, goToEnd, keepPlace } = useStickToEnd(transcript.data?.length ?? 0);
  return (
    <div className={classes.frame}>
      <AgentHead agent={agent} page="transcript" />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable area must be reachable by keyboard */}
      <section className={classes.scroll} ref={ref} onScroll={onScroll} aria-label="Transcript" tabIndex={0}>
        <div className={classes.column}>
          {transcript.hasNextPage && (
            <div className={classes.older}>
              <Button
                variant="default"
                size="xs"
                loading={transcript.isFetchingNextPage}
                onClick={() => void keepPlace(() => transcript.fetchNextPage())}
              >
                Load older
              </Button>
            </div>
          )}
          <TranscriptBody name={agent.name} blocks={blocks} messages={messages} />
        </div>
      </section>
      <div className={classes.foot}>
        {!atEnd && (
          <Button
            className={classes.latest ?? ''}
            size="xs"
            radius="xl"
            leftSection={<IconArrowDown size={14} />}
            onClick={goToEnd}
          >
            Latest
          </Button>
        )}
        <Composer to={agent.name} label={`Message to ${agent.name}`} placeholder={`Write to ${agent.name}…`} />
      </div>
    </div>
  );
}

function TranscriptBody({ name, blocks, messages }: { name: AgentName; blocks: readonly Block[]; messages: Messages }) {
  const transcript = useTranscript(name);
  if (transcript.data === undefined && transcript.error !== null)
    return <ErrorState error={transcript.error} onRetry={() => void transcript.refetch()} />;
  if (transcript.data === undefined) return <LoadingRows rows={6} height={40} />;
  if (blocks.length === 0)
    return (
      <EmptyState icon={IconMessageCircle2} title={`${name} has no transcript yet`}>
        An agent acts when it gets mail. Write to it below, and its turn appears here while it happens.
      </EmptyState>
    );
  return blocks.map((block) =>
    block.is === 'turn' ? (
      <TurnView key={`turn-${block.turn}`} block={block} messages={messages} />
    ) : (
      <NoteLine key={block.seq} at={block.at} tone={block.tone} text={block.text} />
    ),
  );
}
