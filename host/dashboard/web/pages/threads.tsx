import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconMessages, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useThreads } from '../data/mail-queries.ts';
import { completeQuery } from '../data/search-query.ts';
import { MessagesHead } from '../parts/messages-head.tsx';
import { Page } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { SearchResults } from '../parts/search-results.tsx';
import { ThreadRow } from '../parts/thread-row.tsx';

/** All threads of the hive, and a search through all messages. */
export function ThreadsPage() {
  const [text, setText, query] = useQueryInAddress();
  return (
    <Page>
      <MessagesHead page="threads" />
      <TextInput
        type="search"
        aria-label="Search all messages"
        placeholder="Search all messages"
        leftSection={<IconSearch size={16} stroke={1.8} />}
        rightSection={text === '' ? null : <CloseButton aria-label="Clear the search" onClick={() => setText('')} />}
        value={text}
        maxLength={200}
        mb="md"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {completeQuery(query) === null ? <Threads /> : <SearchResults query={query} />}
    </Page>
  );
}

/** The query as typed, its setter, and the debounced query. The debounced query is kept in the page's address. */
function useQueryInAddress(): [string, (text: string) => void, string] {
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get('q') ?? '');
  const [settled] = useDebouncedValue(text.trim(), 250);
  useEffect(() => {
    setParams(settled === '' ? {} : { q: settled }, { replace: true });
    // oxlint-disable-next-line react/exhaustive-deps -- the address follows the text, not the other way round
  }, [settled]);
  return [text, setText, text.trim() === '' ? '' : settled];
}

function Threads() {
  return (
    <QueryList
      of={useThreads()}
      loading={{ rows: 6 }}
      empty={{
        icon: IconMessages,
        title: 'Nobody has said anything yet',
        text: 'Write to an agent, and the conversation appears here: who said what, and who saw it when.',
      }}
    >
      {(threads) => (
        <PanelList label="Threads" clip>
          {threads.map((thread) => (
            <ThreadRow key={thread.id} thread={thread} />
          ))}
        </PanelList>
      )}
    </QueryList>
  );
}
