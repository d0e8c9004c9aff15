import { Button, Group } from '@mantine/core';
import type { PullDescription } from '../../../../protocol/schemas/pull.ts';
import type { PullPlace } from '../data/pull-keys.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Link, useSearchParams } from 'wouter';
import { FileFigures } from './patch-list.tsx';
import { PullDiff } from './pull-diff.tsx';
import classes from './pull.module.css';

interface Props {
  place: PullPlace;
  description: PullDescription;
  /** The commit whose changes are shown. */
  commit: string;
}

/** The files that a pull request changes, and the diff of all or of the one in the address. */
export function PullFiles({ place, description, commit }: Props) {
  const { files, filesLeftOut } = description;
  const [params] = useSearchParams();
  const path = params.get('file');
  return (
    <>
      <details className={`panel ${classes.files}`} open={files.length <= 12}>
        <summary>
          {files.length + filesLeftOut} {files.length + filesLeftOut === 1 ? 'file' : 'files'} <Sum files={files} />
        </summary>
        <ul aria-label="Files">
          {files.map((file) => (
            <li key={file.path}>
              <Link
                href={`?${new URLSearchParams({ tab: 'files', file: file.path }).toString()}`}
                className={classes.file ?? ''}
                aria-current={file.path === path || undefined}
              >
                <span>{showHiddenLine(file.path)}</span>
                <FileFigures file={file} />
              </Link>
            </li>
          ))}
        </ul>
        {filesLeftOut > 0 && <p className={classes.none}>and {filesLeftOut} more files</p>}
      </details>
      {path !== null && (
        <Group mt="md" gap="sm">
          <span>
            Only <code>{showHiddenLine(path)}</code>
          </span>
          <Button component={Link} href="?tab=files" variant="default" size="xs">
            All files
          </Button>
        </Group>
      )}
      <PullDiff key={path} place={place} description={description} commit={commit} path={path} />
    </>
  );
}

function Sum({ files }: Pick<PullDescription, 'files'>) {
  const sum = (key: 'added' | 'removed') => files.reduce((all, file) => all + (file[key] ?? 0), 0);
  return <FileFigures file={{ path: '', added: sum('added'), removed: sum('removed') }} />;
}
