/** Names, titles, branches, files and texts that somebody else chose are text on the page, wherever they stand. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ComponentProps, createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Router } from 'wouter';
import { TREE_KINDS } from '../../../../protocol/schemas/browse.ts';
import { ENTRY_KINDS, type PullDescription } from '../../../../protocol/schemas/pull.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { PatchLine } from './patch-line.tsx';
import { PullRow } from './pull-row.tsx';
import { PullStatuses } from './pull-statuses.tsx';
import { PullTalk } from './pull-talk.tsx';
import { CommitList } from './repo-history.tsx';
import { SearchHits } from './repo-search.tsx';
import { TreeList } from './repo-tree.tsx';

const EVIL = `"><img src=x onerror=alert(1)>'\`\u202e\u001b[2J<script>alert(1)</script>`;
const pull = {
  owner: 'web',
  name: 'app',
  number: 1,
  title: EVIL,
  author: EVIL,
  state: 'open',
  draft: false,
  base: EVIL,
  head: EVIL,
  commit: EVIL,
  labels: [{ name: EVIL, color: EVIL }],
  openedAt: 0,
  updatedAt: 0,
  endedAt: null,
  endedBy: null,
  mergeCommit: null,
} as unknown as PullDescription['pull'];

const description: PullDescription = {
  pull,
  body: EVIL,
  reviewers: [EVIL],
  entries: ENTRY_KINDS.map((kind, id) => ({ id: id + 1, at: 0, by: EVIL, kind, body: EVIL, commit: EVIL, path: EVIL, line: 1, lineNow: id % 3 === 0 ? null : 1, isOutdated: id % 3 === 0, replyTo: null, stale: id % 2 === 0 })), // prettier-ignore
  entriesLeftOut: 1,
  commits: [],
  files: [],
  filesLeftOut: 0,
  behind: 1,
  queue: null,
  merge: {
    ready: false,
    reasons: [EVIL],
    conflicts: [EVIL],
    approvedBy: [],
    changesWantedBy: [],
    approvalsNeeded: 1,
    checks: { state: 'none', failed: [], flaky: false, trouble: null, runs: [] },
    hasQueue: false,
    statuses: [
      {
        context: EVIL,
        by: 'operator',
        state: 'failure',
        description: EVIL,
        url: `javascript:${EVIL}`,
        required: true,
        refusal: EVIL,
      },
    ],
  },
};

const at = { owner: 'web', name: 'app', ref: EVIL, path: EVIL };
const tree = {
  commit: 'c',
  entries: TREE_KINDS.map((kind, at) => ({ name: `${at}${EVIL}`, kind, size: 1 })),
  leftOut: 1,
};
const line = { is: 'added', old: null, new: 1, text: '' } as const;
const shownHidden = showHiddenLine(EVIL);
const pieces = [
  { text: shownHidden, changed: false, kind: null },
  { text: shownHidden, changed: true, kind: 'string' },
];

const show = (part: ReactNode) => {
  const routed = createElement(Router, { ssrPath: '/' } as ComponentProps<typeof Router>, part);
  const queried = createElement(QueryClientProvider, { client: new QueryClient() }, routed);
  return renderToStaticMarkup(createElement(MantineProvider, null, queried));
};

test.each([
  ['a row of the list', createElement(PullRow, { pull })],
  ['the conversation', createElement(PullTalk, { description })],
  ['the statuses', createElement(PullStatuses, { statuses: description.merge.statuses })],
  ['a line of a diff', createElement(PatchLine, { at: 0, line, piecesOf: () => pieces, onComment: () => undefined })],
  ['a directory', createElement(TreeList, { at, tree })],
  ['a history', createElement(CommitList, { commits: [{ oid: EVIL, summary: EVIL, author: EVIL, at: 0 }] })],
  ['hits of a search', createElement(SearchHits, { at, hits: [{ path: EVIL, line: 1, text: EVIL }], query: 'img' })],
])('%s shows hostile texts as texts', (_, part) => {
  const shown = show(part);
  // A mark of what was searched for may stand within it.
  expect(shown.replaceAll(/<\/?mark>/g, '')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(shown).not.toMatch(/<(?:img|script)/i);
  expect(shown.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\sonerror=/i);
  expect(shown).not.toContain('\u202e');
  expect(shown).not.toContain('\u001b');
});
