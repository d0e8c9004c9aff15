import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTag } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { HiveError } from '../../../../protocol/errors.ts';
import type { RepoLabel } from '../../../../protocol/schemas/label.ts';
import { useChange } from '../data/mutations.ts';
import { useLabels } from '../data/pull-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { LabelChip } from '../parts/label-chip.tsx';
import { LabelForm } from '../parts/label-form.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { NotFoundPage } from './not-found.tsx';
import rows from '../parts/providers.module.css';

interface Repo {
  owner: string;
  name: string;
}

/** The labels of a repository, for its pull requests. */
export function LabelsPage({ owner, name }: Repo) {
  const labels = useLabels(owner, name);
  const [editing, setEditing] = useState<RepoLabel | 'new' | null>(null);
  if (labels.error instanceof HiveError && ['unknown_repo', 'invalid_input'].includes(labels.error.code))
    return <NotFoundPage />;
  return (
    <Page narrow>
      <PageHead
        title="Labels"
        documentTitle={`Labels of ${owner}/${name}`}
        about={
          <>
            <Link href={`/forge/${owner}/${name}`} className="text-link">
              {owner}/{name}
            </Link>{' '}
            · whoever may push there sets them on pull requests
          </>
        }
      >
        <Button onClick={() => setEditing('new')}>New label</Button>
      </PageHead>
      {editing !== null && (
        <LabelForm
          owner={owner}
          name={name}
          given={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      <QueryList
        of={{ ...labels, error: labels.error ?? labels.failureReason }}
        loading={{ rows: 3 }}
        isEmpty={(data) => data.labels.length === 0}
        empty={{
          icon: IconTag,
          title: 'No labels',
          text: 'Labels sort pull requests: lists can be filtered by them.',
        }}
      >
        {(data) => (
          <PanelList label="Labels">
            {data.labels.map((label) => (
              <Label key={label.id} repo={{ owner, name }} label={label} onEdit={() => setEditing(label)} />
            ))}
          </PanelList>
        )}
      </QueryList>
    </Page>
  );
}

function Label({ repo, label, onEdit }: { repo: Repo; label: RepoLabel; onEdit: () => void }) {
  const ask = useConfirm();
  const remove = useChange('removeLabel', ['pulls'], () => notifications.show({ message: 'The label is removed.' }));
  const { owner, name } = repo;
  const shown = showHiddenLine(label.name);
  const found = new URLSearchParams({ repo: `${owner}/${name}`, label: label.name });
  return (
    <li className={rows.item} aria-label={`Label ${shown}`}>
      <div className={rows.row}>
        <div className={rows.what}>
          <LabelChip label={label} />
          <Text size="sm" c="dimmed">
            {label.description !== '' && <>{showHiddenLine(label.description)} · </>}
            <Link href={`/forge/pulls?${found.toString()}`} className="text-link">
              {label.openPulls} open
            </Link>
          </Text>
        </div>
        <Button variant="default" size="xs" onClick={onEdit}>
          Change
        </Button>
        <Button
          variant="default"
          size="xs"
          loading={remove.isPending}
          onClick={() =>
            ask({
              title: `Remove the label ${shown}?`,
              text: 'It is also removed from the pull requests that have it.',
              verb: 'Remove it',
              keep: 'Keep it',
              onConfirm: () => remove.mutate({ owner: owner as never, name: name as never, label: label.name }),
            })
          }
        >
          Remove
        </Button>
      </div>
    </li>
  );
}
