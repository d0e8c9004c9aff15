import { formatBytes } from '../data/format.ts';
import { repoPlaceLink, type RepoPlace } from '../data/repo-place.ts';
import { type At, useBlame, useFile } from '../data/repo-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { CodeView } from './code-view.tsx';
import { ErrorState, LoadingRows } from './page.tsx';
import { Problem } from './pull-state.tsx';
import classes from './repo.module.css';

/** A file as text, where asked for with the commits that its lines came with. */
export function RepoFileView({ at, place }: { at: At; place: RepoPlace }) {
  const file = useFile(at);
  const isBlame = place.view === 'blame';
  const blame = useBlame(at, isBlame && file.data !== undefined && file.data.text !== null);
  if (file.data === undefined)
    return file.error === null ? (
      <LoadingRows rows={10} height={20} />
    ) : (
      <ErrorState error={file.error} onRetry={() => void file.refetch()} />
    );
  const { text, size, isBinary, isSymlink } = file.data;
  if (text === null)
    return (
      <p className={classes.nothing}>
        {isBinary ? 'It is no text' : 'It is too long to show'} ({formatBytes(size)}). Clone the repository to read it.
      </p>
    );
  if (isSymlink)
    return (
      <p className={classes.nothing}>
        It is a symlink to <code>{showHiddenLine(text)}</code>.
      </p>
    );
  if (text === '') return <p className={classes.nothing}>It is empty.</p>;
  return (
    <>
      <Problem error={isBlame ? blame.error : null} />
      <div className={`panel ${classes.file}`}>
        <CodeView
          path={at.path}
          text={text}
          line={place.line}
          linkTo={(line) => repoPlaceLink({ ...place, line })}
          runs={isBlame ? (blame.data?.runs ?? []) : null}
        />
      </div>
    </>
  );
}
