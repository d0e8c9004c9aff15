import { IconFile, IconFolder, IconFolderSymlink, IconLink } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { RepoTree, TreeEntry, TreeKind } from '../../../../protocol/schemas/browse.ts';
import { formatBytes } from '../data/format.ts';
import { repoPlaceLink } from '../data/repo-place.ts';
import { type At, useFile, useTree } from '../data/repo-queries.ts';
import { showHidden, showHiddenLine } from '../data/show-hidden.ts';
import { Markdown } from './markdown.tsx';
import { ErrorState, LoadingRows } from './page.tsx';
import classes from './repo.module.css';

const ICONS: Readonly<Record<TreeKind, typeof IconFile>> = {
  directory: IconFolder,
  file: IconFile,
  symlink: IconLink,
  submodule: IconFolderSymlink,
};

/** A directory, and below it its readme. */
export function RepoTreeView({ at }: { at: At }) {
  const tree = useTree(at);
  if (tree.data === undefined)
    return tree.error === null ? (
      <LoadingRows rows={6} height={36} />
    ) : (
      <ErrorState error={tree.error} onRetry={() => void tree.refetch()} />
    );
  const readme = tree.data.entries.find(({ name, kind }) => kind === 'file' && /^readme(?:\.md|\.txt)?$/i.test(name));
  return (
    <>
      <TreeList at={at} tree={tree.data} />
      {readme !== undefined && <Readme at={at} entry={readme} />}
    </>
  );
}

export function TreeList({ at, tree: { entries, leftOut } }: { at: At; tree: RepoTree }) {
  return (
    <>
      <ul className={`panel ${classes.tree}`} aria-label="Files">
        {entries.map((entry) => (
          <Entry key={entry.name} at={at} entry={entry} />
        ))}
      </ul>
      {leftOut > 0 && <p className={classes.nothing}>{leftOut} more are not shown.</p>}
    </>
  );
}

function Entry({ at, entry: { name, kind, size } }: { at: At; entry: TreeEntry }) {
  const Icon = ICONS[kind];
  const path = pathIn(at, name);
  const view = kind === 'directory' ? 'tree' : 'file';
  return (
    <li>
      <Icon size={16} aria-label={kind} />
      {kind === 'submodule' ? (
        <span className={classes.name}>{showHiddenLine(name)}</span>
      ) : (
        <Link href={repoPlaceLink({ view, ref: at.ref, path })} className={classes.name ?? ''}>
          {showHiddenLine(name)}
        </Link>
      )}
      <span className={classes.size}>{size !== null && kind === 'file' && formatBytes(size)}</span>
    </li>
  );
}

function Readme({ at, entry: { name } }: { at: At; entry: TreeEntry }) {
  const file = useFile({ ...at, path: pathIn(at, name) });
  const text = file.data?.text ?? null;
  if (text === null) return null;
  return (
    <section className={`panel ${classes.readme}`} aria-label={showHiddenLine(name)}>
      <h2 className={classes.title}>{showHiddenLine(name)}</h2>
      {/\.md$/i.test(name) ? <Markdown text={text} /> : <pre>{showHidden(text)}</pre>}
    </section>
  );
}

function pathIn({ path }: At, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}
