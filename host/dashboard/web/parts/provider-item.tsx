import { Button, Group, Modal, PasswordInput, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { OpInput, OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useChange, useFormChange } from '../data/mutations.ts';
import { ActionButton } from './action-button.tsx';
import { useConfirm } from './confirm.tsx';
import { Dot } from './dot.tsx';
import { FormShell } from './form-shell.tsx';
import { Ago, Countdown } from './now.tsx';
import classes from './providers.module.css';

export type ProviderView = OpOutput<(typeof operatorSurface)['listProviders']>['providers'][number];
/** The name of a provider that can have a key. */
type Keyed = OpInput<(typeof operatorSurface)['setProvider']>['provider'];

/** The scripted demo model. It has no key and is active only while no provider has one. */
export const DEMO = 'demo';
const CHANGED = ['providers', 'status', 'agents'] as const;

/** A provider with the state of its key and the actions on it. */
export function ProviderItem({ provider, others }: { provider: ProviderView; others: readonly ProviderView[] }) {
  return (
    <li className={classes.item} aria-label={provider.name}>
      {provider.name === DEMO ? <Demo provider={provider} others={others} /> : <WithKey provider={provider} />}
    </li>
  );
}

function NameAndState({ provider, children }: { provider: ProviderView; children: React.ReactNode }) {
  const { name, kind, baseUrl } = provider;
  return (
    <div className={classes.what}>
      <h2>{name}</h2>
      {kind !== null && (
        <Text size="sm" c="dimmed" className={classes.address}>
          {kind === name ? '' : `${kind} · `}
          {baseUrl}
        </Text>
      )}
      <Group gap={7} component="span">
        <Dot color={provider.active ? 'green' : 'gray'} hollow={!provider.active} />
        <span>{children}</span>
      </Group>
    </div>
  );
}

function WithKey({ provider }: { provider: ProviderView }) {
  const name = provider.name as Keyed;
  const [isSetting, setSetting] = useState(false);
  const ask = useConfirm();
  const test = useChange('testProvider', ['status']);
  const remove = useChange('removeProvider', CHANGED, ({ gone }) =>
    notifications.show({ message: gone ? `${name} is removed.` : `The key for ${name} is forgotten.` }),
  );
  return (
    <>
      <div className={classes.row}>
        <NameAndState provider={provider}>
          {!provider.hasKey ? (
            'No key'
          ) : provider.keys.length > 1 ? (
            `${provider.keys.length} keys`
          ) : provider.setAt === null ? (
            'Key set'
          ) : (
            <>
              Key set <Ago at={provider.setAt} />
            </>
          )}
        </NameAndState>
        <Group gap={8}>
          <ActionButton
            reason={provider.keys.length > 1 ? `It has several keys: hivectl provider set ${name} --label LABEL` : null}
            onClick={() => setSetting(true)}
          >
            {provider.hasKey ? 'Replace the key' : 'Set a key'}
          </ActionButton>
          {provider.hasKey && (
            <>
              <Button
                variant="default"
                size="xs"
                loading={test.isPending}
                onClick={() => test.mutate({ provider: name })}
              >
                Test
              </Button>
              <Button
                variant="default"
                size="xs"
                c="var(--hive-bad)"
                loading={remove.isPending}
                onClick={() =>
                  ask({
                    ...sayRemoval(provider),
                    keep: 'Keep it',
                    onConfirm: () => remove.mutate({ provider: name }),
                  })
                }
              >
                Remove
              </Button>
            </>
          )}
        </Group>
      </div>
      {provider.keys.length > 1 && <Keys keys={provider.keys} />}
      {test.data !== undefined && !test.isPending && <TestResult result={test.data} />}
      {isSetting && <SetKey name={name} onClose={() => setSetting(false)} />}
    </>
  );
}

/** Several keys of a provider, without their values. */
function Keys({ keys }: { keys: ProviderView['keys'] }) {
  return (
    <ul className={classes.keys} aria-label="Keys">
      {keys.map(({ label, fingerprint, setAt, isSetupToken, refused, limitedUntil }) => (
        <li key={label}>
          <b>{label}</b> <span className={classes.fingerprint}>{fingerprint}</span>
          {isSetupToken && ' subscription'}, set <Ago at={setAt} />
          {refused !== null && <span className={classes.refused}> refused ({refused})</span>}
          {limitedUntil !== null && (
            <span className={classes.refused}>
              {' '}
              limited for <Countdown until={limitedUntil} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The question before a removal: a provider that was added goes with its keys. */
function sayRemoval({ name, origin, keys }: ProviderView) {
  if (origin === 'added')
    return {
      title: `Remove the provider ${name}?`,
      text: 'The hive forgets it with its keys. This is not done while agents are on it.',
      verb: 'Remove the provider',
    };
  const several = keys.length > 1;
  return {
    title: several ? `Remove all keys for ${name}?` : `Remove the key for ${name}?`,
    text: `The hive forgets ${several ? 'them' : 'it'} at once. Agents that need ${several ? 'them' : 'it'} wait, and so does their mail, until there is another one.`,
    verb: several ? 'Remove all keys' : 'Remove the key',
  };
}

function TestResult({ result }: { result: OpOutput<(typeof operatorSurface)['testProvider']> }) {
  return (
    <output className={classes.result} data-ok={result.ok}>
      <b>{result.ok ? 'Works:' : `Trouble with the ${result.about ?? 'provider'}:`}</b> {result.found}
      {result.advice !== null && ` ${result.advice}`}
    </output>
  );
}

/** The form for a key. The key is sent to hived and not stored here, neither in the query cache nor in the browser. */
function SetKey({ name, onClose }: { name: Keyed; onClose: () => void }) {
  const [key, setKey] = useState('');
  const set = useFormChange('setProvider', CHANGED);
  const against = sortProblems(set.error, { known: ['key'] });
  const isPrivate = window.isSecureContext;
  return (
    <Modal opened onClose={onClose} title={`Key for ${name}`} centered>
      <FormShell
        label={`Key for ${name}`}
        verb="Set the key"
        isReady={isPrivate && key.trim() !== ''}
        isPending={set.isPending}
        problem={against.whole}
        onClose={onClose}
        onSubmit={() =>
          set.mutate(
            { provider: name, key },
            {
              onSuccess: () => {
                notifications.show({
                  message: `The key for ${name} is set; agents use it from their next request on.`,
                });
                onClose();
              },
            },
          )
        }
      >
        <PasswordInput
          label="Key"
          description="Kept on the host, readable by root alone. The page never shows it again."
          value={key}
          error={against.fields['key']}
          disabled={!isPrivate}
          autoComplete="off"
          data-autofocus
          data-1p-ignore
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        {!isPrivate && (
          <Text size="sm" mt="sm" c="var(--hive-bad)">
            This page came over plain HTTP from another machine: a key would cross the network in the clear. Open it by
            HTTPS or through an SSH tunnel, or use hivectl provider set {name} on the host.
          </Text>
        )}
      </FormShell>
    </Modal>
  );
}

function Demo({ provider, others }: { provider: ProviderView; others: readonly ProviderView[] }) {
  const use = useChange('useDemo', CHANGED, () => notifications.show({ message: 'The demo model answers now.' }));
  const keyed = others.find(({ hasKey }) => hasKey);
  const reason = keyed === undefined ? null : `Cannot be used while ${keyed.name} has a key. Remove that key first.`;
  return (
    <div className={classes.row}>
      <NameAndState provider={provider}>
        {provider.active ? 'Answers from a script: no model thinks' : 'Scripted answers, for trying things out'}
      </NameAndState>
      {!provider.active && (
        <ActionButton reason={reason} loading={use.isPending} onClick={() => use.mutate({})}>
          Use the demo model
        </ActionButton>
      )}
    </div>
  );
}
