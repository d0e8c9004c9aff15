import { Button, Group, Text } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { lazy, Suspense, useRef, useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { TerminalView } from '../../../../protocol/schemas/terminal.ts';
import { useChange } from '../data/mutations.ts';
import { useAgent } from '../data/queries.ts';
import type { LinkState } from '../data/terminal-link.ts';
import { recallTerminal, rememberTerminal, type ShownTerminal, useTerminals } from '../data/terminal-queries.ts';
import { AgentHead } from '../parts/agent-head.tsx';
import { Ago } from '../parts/now.tsx';
import { EmptyState, LoadingRows } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { TerminalKeys } from '../parts/terminal-keys.tsx';
import type { ScreenHandle } from '../parts/terminal-screen.tsx';
import agentClasses from '../parts/agent.module.css';
import classes from '../parts/terminal.module.css';
import { UnknownAgent } from './not-found.tsx';

/** The emulator is as large as the rest of the page: only this page loads it. */
const TerminalScreen = lazy(async () => ({ default: (await import('../parts/terminal-screen.tsx')).TerminalScreen }));

/** A terminal in the agent's box. */
export function AgentTerminalPage({ name }: { name: string }) {
  const { agent } = useAgent(name);
  if (agent === undefined) return <LoadingRows />;
  if (agent === null) return <UnknownAgent name={name} />;
  return (
    <div className={agentClasses.frame}>
      <AgentHead agent={agent} page="terminal" />
      <Terminals agent={agent} />
    </div>
  );
}

function Terminals({ agent }: { agent: AgentView }) {
  const { name, turn } = agent;
  const [shown, setShown] = useState(() => recallTerminal(name));
  const [last, setLast] = useState<string | null>(null);
  const show = (terminal: ShownTerminal | null) => {
    rememberTerminal(name, terminal);
    setShown(terminal);
  };
  const open = useChange('openTerminal', ['terminals'], ({ terminal, key }) =>
    show(key === null ? { id: terminal.id } : { id: terminal.id, key }),
  );
  if (shown !== null)
    return (
      <OpenTerminal
        key={shown.id}
        name={name}
        terminal={shown}
        onLeave={() => show(null)}
        onEnd={(sentence) => {
          setLast(sentence);
          show(null);
        }}
      />
    );
  return (
    <div className={classes.body}>
      {last !== null && <Text component="output">{last}</Text>}
      <EmptyState icon={IconTerminal2} title={`A terminal in ${name}'s box`}>
        <p>
          A shell as the box's own user. It can do what {name} can do, and {name} can see what is typed there. That it
          was opened is in the event log; what it shows is stored nowhere.
        </p>
        <p>
          Or {name}'s own conversation, in its CLI's own interface: its turns wait until you leave it, and it knows
          later what was said.
        </p>
        {turn !== null && (
          <p>
            {name} is in turn {turn} now. The conversation opens when that turn is over, and no other turn begins
            before.
          </p>
        )}
        <Group justify="center">
          <Button loading={open.isPending} onClick={() => open.mutate({ name, kind: 'shell' })}>
            Open a shell
          </Button>
          <Button
            variant="default"
            loading={open.isPending}
            onClick={() => open.mutate({ name, kind: 'session', whenIdle: turn !== null })}
          >
            {turn === null ? 'Take over the conversation' : 'Take over when the turn is over'}
          </Button>
        </Group>
      </EmptyState>
      <OtherTerminals agent={agent} onWatch={(id) => show({ id })} />
    </div>
  );
}

function OtherTerminals({ agent, onWatch }: { agent: AgentView; onWatch: (id: string) => void }) {
  const terminals = useTerminals(agent.name).data?.terminals ?? [];
  if (terminals.length === 0) return null;
  return (
    <PanelList label="Open terminals">
      {terminals.map((terminal) => (
        <OtherTerminal key={terminal.id} terminal={terminal} onWatch={() => onWatch(terminal.id)} />
      ))}
    </PanelList>
  );
}

function OtherTerminal({ terminal, onWatch }: { terminal: TerminalView; onWatch: () => void }) {
  const close = useChange('closeTerminal', ['terminals']);
  return (
    <Group justify="space-between" p="sm">
      <Text>
        {terminal.kind === 'shell' ? 'A shell' : 'The conversation'}, opened <Ago at={terminal.openedAt} /> with{' '}
        {terminal.by}
        {terminal.held ? '' : ', nobody connected'}
      </Text>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={onWatch}>
          Watch
        </Button>
        <Button size="xs" variant="default" loading={close.isPending} onClick={() => close.mutate({ id: terminal.id })}>
          Close
        </Button>
      </Group>
    </Group>
  );
}

const STATES: Readonly<Record<LinkState, string>> = {
  connecting: 'Connecting …',
  connected: 'Connected',
  lost: 'The connection is lost; trying again …',
  ended: 'Ended',
};

function OpenTerminal(props: {
  name: string;
  terminal: ShownTerminal;
  onLeave: () => void;
  onEnd: (sentence: string) => void;
}) {
  const { terminal } = props;
  const isHeld = terminal.key !== undefined;
  const [state, setState] = useState<LinkState>('connecting');
  const handle = useRef<ScreenHandle | null>(null);
  const close = useChange('closeTerminal', ['terminals']);
  return (
    <div className={classes.body}>
      <div className={classes.bar}>
        <output className={classes.state} data-lost={state === 'lost' || undefined}>
          {isHeld ? STATES[state] : `${STATES[state]}, watching only`}
        </output>
        {isHeld && <TerminalKeys handle={handle} />}
        {isHeld ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={close.isPending}
            onClick={() => close.mutate({ id: terminal.id })}
          >
            Close
          </Button>
        ) : (
          <Button size="compact-sm" variant="default" onClick={props.onLeave}>
            Stop watching
          </Button>
        )}
      </div>
      <div className={classes.frame}>
        <Suspense fallback={null}>
          <TerminalScreen
            agent={props.name}
            terminal={terminal}
            handle={handle}
            onState={setState}
            onEnd={props.onEnd}
          />
        </Suspense>
      </div>
    </div>
  );
}
