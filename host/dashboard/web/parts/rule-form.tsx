import { Autocomplete, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { sayRule } from '../../../../protocol/egress-words.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useHostRules } from '../data/host-queries.ts';
import { useFormChange } from '../data/mutations.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { WhoField } from './who-field.tsx';

type Allow = OpInput<BrowserOperations['allowEgress']>;
type Term = NonNullable<Allow['term']>;

/** What a form for a rule begins with. */
export interface RuleGiven {
  readonly subject: string;
  readonly target: string;
}

const VERDICTS: { value: 'allow' | 'deny'; label: string }[] = [
  { value: 'allow', label: 'yes' },
  { value: 'deny', label: 'no, whatever else allows it' },
];
const TERMS: { value: Term; label: string }[] = [
  { value: 'always', label: 'until it is removed' },
  { value: 'turn', label: 'until the turn ends' },
  { value: 'once', label: 'for one connection' },
];

/** The form of a rule about a host. */
export function RuleForm({ given, onClose }: { given: RuleGiven; onClose: () => void }) {
  const [subject, setSubject] = useState(given.subject);
  const [target, setTarget] = useState(given.target);
  const [verdict, setVerdict] = useState<'allow' | 'deny'>('allow');
  const [term, setTerm] = useState<Term>('always');
  const presets = useHostRules().data?.presets ?? [];
  const touched = ['hosts'] as const;
  const allow = useFormChange('allowEgress', touched);
  const deny = useFormChange('denyEgress', touched);
  const against = sortProblems(allow.error ?? deny.error, {
    known: ['subject', 'target'],
    byCode: { unknown_agent: 'subject' },
  });
  const rule = { subject: subject.trim() as Allow['subject'], target: target.trim().toLowerCase() };
  const done = {
    onSuccess: ({ rule: made }: { rule: Parameters<typeof sayRule>[0] }) => {
      notifications.show({ message: `${sayRule(made)}.` });
      onClose();
    },
  };
  return (
    <FormDialog
      title="New rule"
      verb={verdict === 'allow' ? 'Allow' : 'Deny'}
      isReady={rule.subject !== '' && rule.target !== ''}
      isPending={allow.isPending || deny.isPending}
      problem={against.whole}
      onClose={onClose}
      onSubmit={() => {
        if (verdict === 'allow') allow.mutate({ ...rule, term }, done);
        else deny.mutate({ ...rule, term: term === 'once' ? 'turn' : term }, done);
      }}
    >
      <WhoField value={subject} error={against.fields['subject']} everyone onChange={setSubject} />
      <Autocomplete
        label="Host"
        description={`A host, *.domain, host:port, or a preset: ${presets.map(({ name }) => name).join(', ')}`}
        value={target}
        error={against.fields['target']}
        data={presets.map(({ name }) => name)}
        spellCheck={false}
        mb="md"
        onChange={setTarget}
      />
      <Group grow align="flex-start" gap="md">
        <ChoiceField label="May reach it" value={verdict} options={VERDICTS} onChange={setVerdict} />
        <ChoiceField
          label="How long"
          value={term}
          options={TERMS.filter(({ value }) => verdict === 'allow' || value !== 'once')}
          onChange={setTerm}
        />
      </Group>
    </FormDialog>
  );
}
