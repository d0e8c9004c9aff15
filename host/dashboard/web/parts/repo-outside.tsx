import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { MirrorView } from '../../../../protocol/schemas/mirror.ts';
import type { WebhookView } from '../../../../protocol/schemas/webhook.ts';
import { useChange } from '../data/mutations.ts';
import { useMirrors, useWebhooks } from '../data/repo-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Dot } from './dot.tsx';
import { Ago } from './now.tsx';
import { PanelList } from './panel-list.tsx';
import rows from './providers.module.css';
import { SectionHead } from './section-head.tsx';

/** The mirrors and webhooks of a repository, with what became of their last tries; nothing when it has none. */
export function RepoOutside({ owner, name }: { owner: string; name: string }) {
  const mirrors = useMirrors(owner, name).data?.mirrors ?? [];
  const webhooks = useWebhooks(owner, name).data?.webhooks ?? [];
  if (mirrors.length + webhooks.length === 0) return null;
  return (
    <>
      <SectionHead title="Outside" />
      <PanelList label="Mirrors and webhooks">
        {mirrors.map((mirror) => (
          <MirrorItem key={`mirror ${mirror.id}`} mirror={mirror} />
        ))}
        {webhooks.map((webhook) => (
          <WebhookItem key={`webhook ${webhook.id}`} webhook={webhook} />
        ))}
      </PanelList>
    </>
  );
}

function MirrorItem({ mirror }: { mirror: MirrorView }) {
  const { id, direction, url, state, okAt, error, failingSince } = mirror;
  const says = `${direction === 'pull' ? 'Follows' : 'Published to'} ${showHiddenLine(url)}`;
  const sync = useChange('syncMirror', ['pulls'], () => notifications.show({ message: 'It is tried now.' }));
  return (
    <li className={rows.item} aria-label={says}>
      <div className={rows.row}>
        <div className={rows.what}>
          <span>
            <Dot color={error === null ? 'green' : 'red'} /> {says}
          </span>
          <Text size="sm" c="dimmed" component="div">
            {state === 'running' && <>{sayProgress(mirror)} · </>}
            {okAt === null ? 'never done' : 'done '}
            {okAt !== null && <Ago at={okAt} inherit />}
            {failingSince !== null && (
              <>
                {' '}
                · failing since <Ago at={failingSince} inherit />
              </>
            )}
          </Text>
          {error !== null && (
            <Text size="sm" c="var(--hive-bad)" component="div" className={rows.address}>
              {showHiddenLine(error)}
            </Text>
          )}
        </div>
        <Button
          variant="default"
          size="xs"
          aria-label={`Try now: ${says}`}
          loading={sync.isPending}
          onClick={() => sync.mutate({ id })}
        >
          Try now
        </Button>
      </div>
    </li>
  );
}

function sayProgress({ step, percent }: MirrorView): string {
  return step === null ? 'running' : `${step.toLowerCase()} ${percent}%`;
}

function WebhookItem({ webhook }: { webhook: WebhookView }) {
  const { url, events, waiting, error, disabledAt } = webhook;
  const says = `Calls ${showHiddenLine(url)}`;
  return (
    <li className={rows.item} aria-label={says}>
      <div className={rows.what}>
        <span>
          <Dot color={error === null ? 'green' : 'red'} /> {says}
        </span>
        <Text size="sm" c="dimmed" component="div">
          {events.join(', ').replaceAll('_', ' ')} · {waiting} waiting
          {disabledAt !== null && (
            <>
              {' '}
              · disabled <Ago at={disabledAt} inherit />
            </>
          )}
        </Text>
        {error !== null && (
          <Text size="sm" c="var(--hive-bad)" component="div" className={rows.address}>
            {showHiddenLine(error)}
          </Text>
        )}
      </div>
    </li>
  );
}
