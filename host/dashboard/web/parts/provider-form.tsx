import { Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { kindFacts, PROVIDER_KIND_NAMES, type ProviderKind } from '../../../../protocol/providers.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange, useSecretChange } from '../data/mutations.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { PROVIDER_DATA, TokenChoice } from './key-form.tsx';
import { SecretField, useSecretField } from './secret-field.tsx';
import { TextField } from './text-field.tsx';

type Added = OpInput<BrowserOperations['addProvider']>;
type Renamed = OpInput<BrowserOperations['renameProvider']>;

const KINDS = PROVIDER_KIND_NAMES.map((kind) => ({ value: kind, label: kindFacts(kind).label }));
/** Most that are added are of the last kind, which most other makers and servers are compatible with. */
const USUAL_KIND: ProviderKind = PROVIDER_KIND_NAMES.at(-1) ?? PROVIDER_KIND_NAMES[0];

/** The form of a further provider with its first key. */
export function ProviderForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<ProviderKind>(USUAL_KIND);
  const [baseUrl, setBaseUrl] = useState('');
  const [isToken, setToken] = useState(false);
  const secret = useSecretField();
  const add = useSecretChange('addProvider', PROVIDER_DATA);
  const against = sortProblems(add.error, {
    known: ['provider', 'kind', 'baseUrl', 'key'],
    byCode: { duplicate_provider: 'provider' },
  });
  const ownUrl = kindFacts(kind).baseUrl;
  const setupToken = isToken && kindFacts(kind).setupToken !== null;
  async function submit(): Promise<void> {
    const url = baseUrl.trim() === '' ? {} : { baseUrl: baseUrl.trim() };
    const done = await add.send({ provider: name.trim() as Added['provider'], kind, key: secret.take(), setupToken, ...url });
    if (done === null) return;
    notifications.show({ message: `${done.provider} is added. Agents are put on it on their Spec page.` });
    onClose();
  }
  return (
      <FormDialog
        title="New provider"
        verb="Add it"
        isReady={window.isSecureContext && name.trim() !== '' && secret.isFilled && (ownUrl ?? baseUrl.trim()) !== ''}
        isPending={add.isPending}
        problem={against.whole}
        onClose={onClose}
        onSubmit={() => void submit()}
      >
        <Group grow align="flex-start" gap="md" mb="md">
          <TextField label="Name" value={name} error={against.fields['provider']} isFirst onChange={setName} />
          <ChoiceField label="Kind" value={kind} error={against.fields['kind']} options={KINDS} onChange={setKind} />
        </Group>
        <TextField
          label="Base URL"
          description={ownUrl === null ? 'Of the API that speaks this protocol' : 'Leave it empty for the maker’s own API'}
          placeholder={ownUrl ?? 'https://api.example.com/v1'}
          value={baseUrl}
          error={against.fields['baseUrl']}
          inputMode="url"
          mb="md"
          onChange={setBaseUrl}
        />
        <SecretField
          input={secret.input}
          label={setupToken ? 'Token' : 'Key'}
          error={against.fields['key']}
          command={`hivectl provider add ${name.trim() === '' ? 'NAME' : name.trim()} --kind ${kind}`}
        />
        <TokenChoice kind={kind} checked={isToken} onChange={setToken} />
      </FormDialog>
  );
} // prettier-ignore

/** The form for another name of a provider that was added. */
export function RenameProvider({ name, agents, onClose }: { name: string; agents: number; onClose: () => void }) {
  const [as, setAs] = useState(name);
  // Not a callback of the single call: this form goes with the old name.
  const rename = useFormChange('renameProvider', PROVIDER_DATA, ({ provider }) => {
    notifications.show({ message: `${name} is now called ${provider}.` });
    onClose();
  });
  const against = sortProblems(rename.error, { known: ['as'], byCode: { duplicate_provider: 'as' } });
  return (
    <FormDialog
      title={`Rename ${name}`}
      verb="Rename it"
      isReady={as.trim() !== '' && as.trim() !== name}
      isPending={rename.isPending}
      problem={against.whole}
      onClose={onClose}
      onSubmit={() => rename.mutate({ provider: name as Renamed['provider'], as: as.trim() as Renamed['as'] })}
    >
      <TextField
        label="Name"
        description={`Its keys ${agents === 0 ? '' : 'and its agents '}stay with it; costs until now keep the old name.`}
        value={as}
        error={against.fields['as']}
        isFirst
        onChange={setAs}
      />
    </FormDialog>
  );
}
