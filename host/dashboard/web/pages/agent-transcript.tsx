import { IconMessageCircle2 } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { useAgent, useMailbox } from '../data/queries.ts';
import { useWindowVersion } from '../data/transcript-query.ts';
import { useReading } from '../data/use-reading.ts';
import { AgentHead } from '../parts/agent-head.tsx';
import { Composer } from '../parts/composer.tsx';
import { MarkProvider } from '../parts/marked.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../parts/page.tsx';
import { TranscriptBar } from '../parts/transcript-bar.tsx';
import type { TranscriptListProps } from '../parts/transcript-list.tsx';
import classes from '../parts/agent.module.css';
import { UnknownAgent } from './not-found.tsx';

/** Loaded when a transcript is opened: with what it needs for long lists and diffs it is 80 KB. */
const TranscriptList = lazy(async () => ({ default: (await import('../parts/transcript-list.tsx')).TranscriptList }));

/** An agent's live transcript, with a form to write to it. */
export function AgentTranscriptPage({ name }: { name: string }) {
  const { agent } = useAgent(name);
  if (agent === undefined) return <LoadingRows />;
  if (agent === null) return <UnknownAgent name={name} />;
  return <Transcript agent={agent} />;
}

function Transcript({ agent }: { agent: AgentView }) {
  const reading = useReading(agent.name);
  const [turn, setTurn] = useState<number | null>(null);
  const [mark, setMark] = useState<{ words: string; seq: number | null }>({ words: '', seq: null });
  const onMark = useCallback((words: string, seq: number | null) => setMark({ words: words.toLowerCase(), seq }), []);
  return (
    <div className={classes.frame}>
      <AgentHead agent={agent} page="transcript" />
      <div className={classes.finder}>
        <TranscriptBar
          agent={agent.name}
          turn={turn}
          problem={reading.problem}
          onGo={(place) => void reading.goTo(place)}
          onMark={onMark}
        />
      </div>
      <MarkProvider value={mark.words}>
        <TranscriptBody agent={agent} reading={reading} found={mark.seq} onPlace={setTurn} />
      </MarkProvider>
      <div className={classes.foot}>
        <Composer to={agent.name} label={`Message to ${agent.name}`} placeholder={`Write to ${agent.name}…`} />
      </div>
    </div>
  );
}

const LOADING = <LoadingRows rows={6} height={40} />;

function TranscriptBody({
  agent: { name },
  reading,
  found,
  onPlace,
}: {
  agent: AgentView;
  reading: ReturnType<typeof useReading>;
  /** The event that the searched words are in. */
  found: number | null;
  onPlace: (turn: number | null) => void;
}) {
  const mailbox = useMailbox(name);
  const messages = useMemo(
    () => new Map(mailbox.data?.messages.map((message) => [message.id, message])),
    [mailbox.data],
  );
  const { data: window, error } = reading;
  const onNewest = () => void reading.goToNewest();
  if (window === undefined || reading.isComing)
    return (
      <div className={classes.still}>
        {window === undefined && error !== null ? (
          <ErrorState error={error} onRetry={() => void reading.refetch()} />
        ) : (
          LOADING
        )}
      </div>
    );
  const props = { window, messages, target: reading.target, onNewest, onPlace };
  return <LoadedTranscript name={name} found={found} {...props} />;
}

function LoadedTranscript({
  name,
  found,
  ...list
}: Omit<TranscriptListProps, 'opened'> & { name: AgentName; found: number | null }) {
  const { model, hasOlder } = list.window;
  useWindowVersion(list.window);
  if (model.count() === 0 && !hasOlder())
    return (
      <div className={classes.still}>
        <EmptyState icon={IconMessageCircle2} title={`${name} has no transcript yet`}>
          An agent acts when it gets mail. Write to it below, and its turn appears here while it happens.
        </EmptyState>
      </div>
    );
  const index = found === null ? null : model.indexOf(found);
  return (
    <Suspense fallback={<div className={classes.still}>{LOADING}</div>}>
      <TranscriptList opened={index === null ? null : model.row(index).seq} {...list} />
    </Suspense>
  );
}
