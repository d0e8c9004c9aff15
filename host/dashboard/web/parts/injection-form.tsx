import { Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { InjectionScheme, InjectionView } from '../../../../protocol/injections.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './text-field.tsx';
import { WhoField } from './who-field.tsx';

type Injection = OpInput<BrowserOperations['injectSecret']>;

const SCHEMES: { value: InjectionScheme; label: string }[] = [
  { value: 'bearer', label: 'a bearer token' },
  { value: 'basic', label: 'a password (Basic)' },
  { value: 'plain', label: 'the bare secret' },
];

/** The form of a secret that a host gets already: how it gets it, or (`isForOthers`) from whom else. */
export function InjectionForm(props: { like: InjectionView; isForOthers: boolean; onClose: () => void }) {
  const { like, isForOthers, onClose } = props;
  const { secret, host, port } = like;
  const [subject, setSubject] = useState<string>(isForOthers ? '' : like.subject);
  const [header, setHeader] = useState(like.header);
  const [scheme, setScheme] = useState(like.scheme);
  const [user, setUser] = useState(like.user ?? '');
  const set = useFormChange('injectSecret', ['hosts']);
  const against = sortProblems(set.error, {
    known: ['subject', 'header', 'user'],
    byCode: { unknown_agent: 'subject' },
  });
  const named = scheme === 'basic' && user.trim() !== '' ? { user: user.trim() } : {};
  return (
    <FormDialog
      title={isForOthers ? `${secret} for others` : `${secret} for ${like.subject}`}
      verb={isForOthers ? 'Give it' : 'Change it'}
      isReady={subject.trim() !== '' && header.trim() !== ''}
      isPending={set.isPending}
      problem={against.whole}
      onClose={onClose}
      onSubmit={() =>
        set.mutate(
          {
            subject: subject.trim() as Injection['subject'],
            secret,
            host,
            port,
            scheme,
            header: header.trim().toLowerCase(),
            ...named,
          },
          {
            onSuccess: ({ injection }) => {
              notifications.show({ message: `${secret} is added to requests of ${injection.subject} for ${host}.` });
              onClose();
            },
          },
        )
      }
    >
      {isForOthers && <WhoField value={subject} error={against.fields['subject']} onChange={setSubject} />}
      <Group grow align="flex-start" gap="md">
        <TextField
          label="Header"
          value={header}
          error={against.fields['header']}
          isFirst={!isForOthers}
          onChange={setHeader}
        />
        <ChoiceField label="As" value={scheme} options={SCHEMES} onChange={setScheme} />
      </Group>
      {scheme === 'basic' && (
        <TextField
          label="User name"
          description="Before the password"
          placeholder="x-access-token"
          value={user}
          error={against.fields['user']}
          mt="md"
          onChange={setUser}
        />
      )}
    </FormDialog>
  );
}
