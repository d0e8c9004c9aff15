import { ActionIcon, Button, Group, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { OpInput, OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { DEMO } from '../../../../protocol/providers.ts';
import type { HeldAccount } from '../../../../protocol/schemas/gateway.ts';
import { judgeProvider, type ProviderView } from '../data/judge-provider.ts';
import { useChange } from '../data/mutations.ts';
import { ActionButton } from './action-button.tsx';
import { useConfirm } from './confirm.tsx';
import { Dot } from './dot.tsx';
import { KeyForm, type KeyTask, PROVIDER_DATA } from './key-form.tsx';
import { Ago } from './now.tsx';
import { RenameProvider } from './provider-form.tsx';
import { ProviderKeys } from './provider-keys.tsx';
import classes from './providers.module.css';

/** The name of a provider that can have a key. */
type Keyed = OpInput<(typeof operatorSurface)['setProvider']>['provider'];

interface Props {
  provider: ProviderView;
  others: readonly ProviderView[];
  /** The limits that the gateway knows; null without its answer. */
  held: readonly HeldAccount[] | null;
}

/** A provider with its state, its keys and the actions on it. */
export function ProviderItem({ provider, others, held }: Props) {
  return (
    <li className={classes.item} aria-label={provider.name}>
      {provider.name === DEMO ? (
        <Demo provider={provider} others={others} held={held} />
      ) : (
        <WithKey provider={provider} held={held} />
      )}
    </li>
  );
}

function NameAndState({ provider, held }: Omit<Props, 'others'>) {
  const { name, kind, baseUrl, agents, outage } = provider;
  const { color, words, isTrouble } = judgeProvider(provider, held);
  return (
    <div className={classes.what}>
      <h3>{name}</h3>
      {kind !== null && (
        <Text size="sm" c="dimmed" className={classes.address}>
          {kind === name ? '' : `${kind} · `}
          {baseUrl}
        </Text>
      )}
      <Group gap={7} component="span">
        <Dot color={color} hollow={color === 'gray'} />
        <Text span inherit {...(isTrouble ? { c: color === 'red' ? 'var(--hive-bad)' : 'var(--hive-warn)' } : {})}>
          {words}
          {outage !== null && (
            <>
              , first <Ago at={outage.since} />, last <Ago at={outage.last} />
            </>
          )}
        </Text>
        {agents.length > 0 && (
          <Text span size="sm" c="dimmed" title={agents.join(', ')}>
            {agents.length === 1 ? agents[0] : `${agents.length} agents`}
            {isTrouble || provider.keys.length === 0 ? (agents.length === 1 ? ' needs it' : ' need it') : ''}
          </Text>
        )}
      </Group>
    </div>
  );
}

function WithKey({ provider, held }: Omit<Props, 'others'>) {
  const name = provider.name as Keyed;
  const [task, setTask] = useState<KeyTask | null>(null);
  const test = useChange('testProvider', ['status', 'providers']);
  return (
    <>
      <div className={classes.row}>
        <NameAndState provider={provider} held={held} />
        <Group gap={8}>
          <Button variant="default" size="xs" onClick={() => setTask({ do: 'add' })}>
            {provider.hasKey ? 'Add a key' : 'Set a key'}
          </Button>
          {provider.hasKey && (
            <Button variant="default" size="xs" loading={test.isPending} onClick={() => test.mutate({ provider: name })}>
              Test
            </Button>
          )}
          <More provider={provider} />
        </Group>
      </div>
      {provider.hasKey && (
        <ProviderKeys provider={provider} held={held} onReplace={(label) => setTask({ do: 'replace', label })} />
      )}
      {test.data !== undefined && !test.isPending && <TestResult result={test.data} />}
      {task !== null && <KeyForm provider={provider} task={task} onClose={() => setTask(null)} />}
    </>
  );
} // prettier-ignore

/** The rarer actions. */
function More({ provider }: { provider: ProviderView }) {
  const { name, origin, keys, agents } = provider;
  const [isRenaming, setRenaming] = useState(false);
  const ask = useConfirm();
  const remove = useChange('removeProvider', PROVIDER_DATA, ({ gone }) =>
    notifications.show({ message: gone ? `${name} is removed.` : `The keys for ${name} are forgotten.` }),
  );
  const isAdded = origin === 'added';
  if (!isAdded && keys.length < 2) return null;
  const whyNot = isAdded
    ? null
    : origin === 'config'
      ? 'It is declared in config.yaml: change it there.'
      : 'Every hive has it.';
  const used = agents.length === 0 ? null : `Agents are on it: ${agents.join(', ')}.`;
  const run = () =>
    ask({
      title: isAdded ? `Remove the provider ${name}?` : `Remove all keys for ${name}?`,
      text: isAdded
        ? 'The hive forgets it with its keys.'
        : 'The hive forgets them at once. Agents that need them wait, and so does their mail, until there is another one.',
      verb: isAdded ? 'Remove the provider' : 'Remove all keys',
      keep: 'Keep it',
      onConfirm: () => remove.mutate({ provider: name as Keyed }),
    });
  return (
    <>
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`} loading={remove.isPending}>
            <IconDots size={18} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Choice reason={whyNot} onClick={() => setRenaming(true)}>
            Rename…
          </Choice>
          {isAdded ? (
            <Choice reason={used} bad onClick={run}>
              Remove the provider…
            </Choice>
          ) : (
            <Choice reason={null} bad onClick={run}>
              Remove all keys…
            </Choice>
          )}
        </Menu.Dropdown>
      </Menu>
      {isRenaming && <RenameProvider name={name} agents={agents.length} onClose={() => setRenaming(false)} />}
    </>
  );
}

/** An entry of a menu; one that is not allowed shows the reason. */
function Choice(props: { reason: string | null; bad?: boolean; onClick: () => void; children: ReactNode }) {
  const { reason, bad = false, onClick, children } = props;
  return (
    <Menu.Item
      {...(reason === null ? {} : { 'data-disabled': true })}
      aria-disabled={reason !== null}
      closeMenuOnClick={reason === null}
      {...(bad && reason === null ? { c: 'var(--hive-bad)' } : {})}
      onClick={() => (reason === null ? onClick() : undefined)}
    >
      {children}
      {reason !== null && (
        <Text span display="block" size="xs" c="dimmed">
          {reason}
        </Text>
      )}
    </Menu.Item>
  );
}

function TestResult({ result }: { result: OpOutput<(typeof operatorSurface)['testProvider']> }) {
  return (
    <output className={classes.result} data-ok={result.ok}>
      <b>{result.ok ? 'Works:' : `Trouble with the ${result.about ?? 'provider'}:`}</b> {result.found}
      {result.advice !== null && ` ${result.advice}`}
    </output>
  );
}

function Demo({ provider, others, held }: Props) {
  const use = useChange('useDemo', PROVIDER_DATA, () => notifications.show({ message: 'The demo model answers now.' }));
  const keyed = others.find(({ hasKey }) => hasKey);
  const reason = keyed === undefined ? null : `Cannot be used while ${keyed.name} has a key. Remove that key first.`;
  return (
    <div className={classes.row}>
      <NameAndState provider={provider} held={held} />
      {!provider.active && (
        <ActionButton reason={reason} loading={use.isPending} onClick={() => use.mutate({})}>
          Use the demo model
        </ActionButton>
      )}
    </div>
  );
}
