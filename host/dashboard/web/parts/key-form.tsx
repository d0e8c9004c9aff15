import { Checkbox } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { kindFacts, type ProviderKind } from '../../../../protocol/providers.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useSecretChange } from '../data/mutations.ts';
import type { ProviderView } from '../data/judge-provider.ts';
import { FormDialog } from './form-dialog.tsx';
import { SecretField, useSecretField } from './secret-field.tsx';
import { TextField } from './text-field.tsx';

type Given = OpInput<BrowserOperations['setProvider']>;
/** What a form for a key does: adds one, or replaces the one with this label. */
export type KeyTask = { readonly do: 'add' } | { readonly do: 'replace'; readonly label: string };

export const PROVIDER_DATA = ['providers', 'status', 'agents'] as const;

/** The form of a key for a provider that there is. */
export function KeyForm({ provider, task, onClose }: { provider: ProviderView; task: KeyTask; onClose: () => void }) {
  const { name, kind, keys } = provider;
  const secret = useSecretField();
  const [label, setLabel] = useState('');
  const [setupToken, setSetupToken] = useState(task.do === 'replace' && isTokenOf(provider, task.label));
  const set = useSecretChange('setProvider', PROVIDER_DATA);
  const against = sortProblems(set.error, { known: ['key', 'label'] });
  const isFirst = keys.length === 0;
  const title = isFirst ? `Key for ${name}` : task.do === 'add' ? `New key for ${name}` : `Key ${task.label} of ${name}`;
  async function submit(): Promise<void> {
    const input = {
      provider: name as Given['provider'],
      key: secret.take(),
      setupToken,
      ...(task.do === 'replace' ? { label: task.label } : { add: !isFirst }),
      ...(task.do === 'add' && label.trim() !== '' ? { label: label.trim(), add: true } : {}),
    };
    const done = await set.send(input);
    if (done === null) return;
    notifications.show({ message: `The key ${done.label} for ${name} is set; agents use it from their next request on.` });
    onClose();
  }
  return (
      <FormDialog
        title={title}
        verb={task.do === 'add' && !isFirst ? 'Add the key' : 'Set the key'}
        isReady={window.isSecureContext && secret.isFilled}
        isPending={set.isPending}
        problem={against.whole}
        onClose={onClose}
        onSubmit={() => void submit()}
      >
        <SecretField
          input={secret.input}
          label={setupToken ? 'Token' : 'Key'}
          error={against.fields['key']}
          command={`hivectl provider set ${name}`}
          isFirst
        />
        {kind !== null && <TokenChoice kind={kind} checked={setupToken} onChange={setSetupToken} />}
        {task.do === 'add' && !isFirst && (
          <TextField
            label="Label"
            description="Tells it from the other keys. Without one: the next free of key-2, key-3, …"
            value={label}
            error={against.fields['label']}
            mt="md"
            onChange={setLabel}
          />
        )}
      </FormDialog>
  );
} // prettier-ignore

function isTokenOf({ keys }: ProviderView, label: string): boolean {
  return keys.some((key) => key.label === label && key.form === 'setup_token');
}

/** Whether the secret is a subscription's token; nothing for kinds that have none. */
export function TokenChoice(props: { kind: ProviderKind; checked: boolean; onChange: (checked: boolean) => void }) {
  const { setupToken } = kindFacts(props.kind);
  if (setupToken === null) return null;
  return (
    <Checkbox
      label={`It is a subscription’s long-lived token (${setupToken.command})`}
      checked={props.checked}
      mt="md"
      onChange={(event) => props.onChange(event.currentTarget.checked)}
    />
  );
}
