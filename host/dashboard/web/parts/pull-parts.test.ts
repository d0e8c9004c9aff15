/** Names, titles, branches, files and texts that somebody else chose are text on the page, wherever they stand. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ComponentProps, createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Router } from 'wouter';
import { ENTRY_KINDS, type PullDescription } from '../../../../protocol/schemas/pull.ts';
import { PullRow } from './pull-row.tsx';
import { PullTalk } from './pull-talk.tsx';

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
  },
};

const show = (part: ReactNode) => {
  const routed = createElement(Router, { ssrPath: '/' } as ComponentProps<typeof Router>, part);
  const queried = createElement(QueryClientProvider, { client: new QueryClient() }, routed);
  return renderToStaticMarkup(createElement(MantineProvider, null, queried));
};

test.each([
  ['a row of the list', createElement(PullRow, { pull })],
  ['the conversation', createElement(PullTalk, { description })],
])('%s shows hostile texts as texts', (_, part) => {
  const shown = show(part);
  expect(shown).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(shown).not.toMatch(/<(?:img|script)/i);
  expect(shown.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\sonerror=/i);
  expect(shown).not.toContain('\u202e');
  expect(shown).not.toContain('\u001b');
});
