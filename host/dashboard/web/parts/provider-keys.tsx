import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { OpInput } from '../../../../protocol/op.ts';
import { sayLimit } from '../../../../protocol/gateway-words.ts';
import type { HeldAccount } from '../../../../protocol/schemas/gateway.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { formatDateTime } from '../data/format.ts';
import { type KeyLimit, type KeyView, limitsOf, type ProviderView } from '../data/judge-provider.ts';
import { useChange } from '../data/mutations.ts';
import { useConfirm } from './confirm.tsx';
import { PROVIDER_DATA } from './key-form.tsx';
import { Ago, Countdown } from './now.tsx';
import classes from './providers.module.css';

type Removed = OpInput<BrowserOperations['removeProvider']>;

interface Props {
  provider: ProviderView;
  /** The limits that the gateway knows; null without its answer. */
  held: readonly HeldAccount[] | null;
  onReplace: (label: string) => void;
}

/** Beside a key's name; nothing beside that of an ordinary one. */
const FORM_NOTES: Readonly<Record<KeyView['form'], string>> = {
  key: '',
  setup_token: ' subscription',
  login: ' login',
};

/** The keys of a provider, without their values: which are refused or under a limit, and until when. */
export function ProviderKeys({ provider, held, onReplace }: Props) {
  return (
    <ul className={classes.keys} aria-label="Keys">
      {provider.keys.map((key) => (
        <Key key={key.label} of={key} provider={provider} limits={limitsOf(provider, key, held)} onReplace={onReplace} />
      ))}
    </ul>
  );
} // prettier-ignore

function Key(props: { of: KeyView; provider: ProviderView; limits: KeyLimit[]; onReplace: Props['onReplace'] }) {
  const { of, provider, limits, onReplace } = props;
  const { label, fingerprint, setAt, form, refused, interruptedAt } = of;
  const ask = useConfirm();
  const remove = useChange('removeProvider', PROVIDER_DATA, () =>
    notifications.show({ message: `The key ${label} for ${provider.name} is forgotten.` }),
  );
  const isOnly = provider.keys.length === 1;
  return (
    <li aria-label={label}>
      <div className={classes.key}>
        <span>
          <b>{label}</b> <span className={classes.fingerprint}>{fingerprint}</span>
          {FORM_NOTES[form]}, set <Ago at={setAt} />
        </span>
        {interruptedAt !== null && (
          <span className={classes.refused}>
            perhaps renewed <Ago at={interruptedAt} /> without the hive: log in again
          </span>
        )}
        {refused !== null && <span className={classes.refused}>refused ({refused})</span>}
        {limits.map((limit) => (
          <Limit key={`${limit.models ?? ''} ${limit.until}`} limit={limit} />
        ))}
      </div>
      <Group gap={6}>
        <Button variant="default" size="compact-xs" aria-label={`Replace the key ${label}`} onClick={() => onReplace(label)}>
          Replace
        </Button>
        <Button
          variant="default"
          size="compact-xs"
          c="var(--hive-bad)"
          aria-label={`Remove the key ${label}`}
          loading={remove.isPending}
          onClick={() =>
            ask({
              title: `Remove the key ${label} of ${provider.name}?`,
              text: isOnly
                ? 'The hive forgets it at once. Agents that need it wait, and so does their mail, until there is another one.'
                : 'The hive forgets it at once. Calls use the other keys.',
              verb: 'Remove the key',
              keep: 'Keep it',
              onConfirm: () => remove.mutate({ provider: provider.name as Removed['provider'], label: label as NonNullable<Removed['label']> }),
            })
          }
        >
          Remove
        </Button>
      </Group>
    </li>
  );
} // prettier-ignore

function Limit({ limit: { models, kind, until } }: { limit: KeyLimit }) {
  return (
    <span className={classes.limited} title={`Ends ${formatDateTime(until)}`}>
      {kind === null ? 'limited' : sayLimit(kind)}
      {models !== null && ` for ${models}`}, ends in <Countdown until={until} />
    </span>
  );
}
