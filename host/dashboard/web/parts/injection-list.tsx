import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { sayAsked, sayCarried } from '../../../../protocol/injection-words.ts';
import type { InjectionView } from '../../../../protocol/injections.ts';
import { useHostRules } from '../data/host-queries.ts';
import { useChange } from '../data/mutations.ts';
import { useConfirm } from './confirm.tsx';
import { CopyCommand } from './copy-command.tsx';
import { InjectionForm } from './injection-form.tsx';
import { Ago } from './now.tsx';
import { PanelList } from './panel-list.tsx';
import rows from './providers.module.css';
import { SectionHead } from './section-head.tsx';

/** Secrets that the gateway adds to requests for a host: for whom, and how. */
export function InjectionList() {
  const hosts = useHostRules().data;
  if (hosts === undefined) return null;
  const { injections } = hosts;
  return (
    <>
      <SectionHead title="Secrets added to requests" />
      {injections.length === 0 ? (
        <Text size="sm" c="dimmed" component="div">
          None. The gateway can add a token to requests for a host, so that no box has it. Which secret a host gets is
          declared on the hive’s machine:
          <div className={rows.command}>
            <CopyCommand command="npx hivectl egress inject AGENT HOST --secret NAME" />
          </div>
        </Text>
      ) : (
        <PanelList label="Secrets added to requests">
          {injections.map((injection) => (
            <InjectionItem key={injection.id} injection={injection} />
          ))}
        </PanelList>
      )}
    </>
  );
}

function InjectionItem({ injection }: { injection: InjectionView }) {
  const { id, subject, secret, host, createdAt } = injection;
  const [form, setForm] = useState<'change' | 'give' | null>(null);
  const ask = useConfirm();
  const withdraw = useChange('withdrawSecret', ['hosts'], () =>
    notifications.show({ message: `${secret} is no longer added to requests of ${subject} for ${host}.` }),
  );
  const says = `${secret} for ${subject} at ${host}`;
  return (
    <li className={rows.item} aria-label={says}>
      <div className={rows.row}>
        <div className={rows.what}>
          <span>{says}</span>
          <Text size="sm" c="dimmed" component="div" className={rows.address}>
            {sayCarried(injection)} · the box asks for {sayAsked(injection)} · since <Ago at={createdAt} inherit />
          </Text>
        </div>
        <Group gap={8}>
          <Button variant="default" size="xs" onClick={() => setForm('give')}>
            Give to others
          </Button>
          <Button variant="default" size="xs" onClick={() => setForm('change')}>
            Change
          </Button>
          <Button
            variant="default"
            size="xs"
            c="var(--hive-bad)"
            loading={withdraw.isPending}
            onClick={() =>
              ask({
                title: 'Add it no longer?',
                text: `${says}: connections that have it are ended at once. A host that no agent has it for can get it again only from the hive’s machine.`,
                verb: 'Withdraw it',
                keep: 'Keep it',
                onConfirm: () => withdraw.mutate({ id }),
              })
            }
          >
            Withdraw
          </Button>
        </Group>
      </div>
      {form !== null && <InjectionForm like={injection} isForOthers={form === 'give'} onClose={() => setForm(null)} />}
    </li>
  );
}
