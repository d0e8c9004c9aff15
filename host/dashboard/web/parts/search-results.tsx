import { IconSearch } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { SearchHit } from '../../../../protocol/schemas/message.ts';
import { highlightWords } from '../data/highlight.ts';
import { useSearch } from '../data/mail-queries.ts';
import { completeQuery } from '../data/search-query.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { Avatar } from './avatar.tsx';
import { KindMark } from './message-marks.tsx';
import { Ago } from './now.tsx';
import { PanelList } from './panel-list.tsx';
import { QueryList } from './query-list.tsx';
import classes from './thread-row.module.css';

/** The messages that match the query, newest first, each with a highlighted excerpt. */
export function SearchResults({ query }: { query: string }) {
  return (
    <QueryList
      of={useSearch(completeQuery(query) ?? query)}
      loading={{ rows: 4 }}
      empty={{
        icon: IconSearch,
        title: `No message contains “${query}”`,
        text: 'A message must contain all the words; the last may be a prefix. Words “in quotes” must be adjacent.',
      }}
    >
      {(hits) => (
        <PanelList label="Found messages" clip>
          {hits.map((hit) => (
            <Hit key={hit.id} hit={hit} query={query} />
          ))}
        </PanelList>
      )}
    </QueryList>
  );
}

function Hit({ hit, query }: { hit: SearchHit; query: string }) {
  return (
    <li>
      <Link href={`/messages/${hit.thread}#message-${hit.id}`} className={classes.row ?? ''}>
        <Avatar name={hit.from} />
        <span className={classes.middle}>
          <span className={classes.people}>
            <span className={classes.names}>
              {formatName(hit.from)} to {formatName(hit.to)}
            </span>
            {hit.kind !== 'note' && <KindMark kind={hit.kind} />}
          </span>
          <span className={classes.excerpt}>
            {highlightWords(toPlainText(hit.excerpt), query).map((piece, i) =>
              piece.hit ? <mark key={i}>{piece.text}</mark> : piece.text,
            )}
          </span>
        </span>
        <span className={classes.end}>
          <Ago at={hit.at} />
          <span>#{hit.id}</span>
        </span>
      </Link>
    </li>
  );
}
