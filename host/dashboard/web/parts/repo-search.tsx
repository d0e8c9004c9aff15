import { Link } from 'wouter';
import type { SearchHit } from '../../../../protocol/schemas/browse.ts';
import { repoPlaceLink } from '../data/repo-place.ts';
import { type At, useRepoSearch } from '../data/repo-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Marked, MarkProvider } from './marked.tsx';
import { ErrorState, LoadingRows } from './page.tsx';
import classes from './repo.module.css';

/** The lines of a branch that have a text, by files. */
export function RepoSearch({ at, query }: { at: At; query: string }) {
  const found = useRepoSearch(at, query);
  if (found.data === undefined)
    return found.error === null ? (
      <LoadingRows rows={5} />
    ) : (
      <ErrorState error={found.error} onRetry={() => void found.refetch()} />
    );
  const { hits, more } = found.data;
  if (hits.length === 0)
    return <p className={classes.nothing}>No line of a text file has “{showHiddenLine(query)}”.</p>;
  return (
    <>
      <SearchHits at={at} hits={hits} query={query} />
      {more && <p className={classes.nothing}>There are more: search for something longer.</p>}
    </>
  );
}

export function SearchHits({ at, hits, query }: { at: At; hits: readonly SearchHit[]; query: string }) {
  const paths = [...new Set(hits.map(({ path }) => path))];
  return (
    <MarkProvider value={query.toLowerCase()}>
      {paths.map((path) => (
        <section key={path} className={`panel ${classes.hits}`} aria-label={showHiddenLine(path)}>
          <h2 className={classes.title}>
            <Link href={repoPlaceLink({ view: 'file', ref: at.ref, path })} className="text-link">
              {showHiddenLine(path)}
            </Link>
          </h2>
          <ol>
            {hits
              .filter((hit) => hit.path === path)
              .map(({ line, text }) => (
                <li key={line}>
                  <Link href={repoPlaceLink({ view: 'file', ref: at.ref, path, line })} className={classes.hit ?? ''}>
                    <span className={classes.number}>{line}</span>
                    <code>
                      <Marked text={showHiddenLine(text.trim())} />
                    </code>
                  </Link>
                </li>
              ))}
          </ol>
        </section>
      ))}
    </MarkProvider>
  );
}
