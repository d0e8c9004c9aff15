import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHECK_STATE_ROWS, CHECK_STATES } from './check-states.ts';

const BEGIN = '<!-- the states of checks, drawn by `npm run docs` -->\n';
const END = '<!-- end of the states -->';
const COUNTS = {
  waits: 'the merge waits',
  good: 'yes',
  bad: 'no',
  as_declared: 'as `when_skipped` says',
} as const;

function drawTable(): string {
  const rows = CHECK_STATES.map((state) => {
    const { means, counts, next } = CHECK_STATE_ROWS[state];
    const after = next.length === 0 ? '-' : next.map((one) => `\`${one}\``).join(', ');
    return `| \`${state}\` | ${means} | ${COUNTS[counts]} | ${after} |\n`;
  });
  return `| state | what it means | enough for a merge, if it is required | what may follow |\n|---|---|---|---|\n${rows.join('')}`;
}

// `npm run docs` writes it; this test fails when it is out of date.
test('docs/forge.md shows the states of checks', () => {
  const file = new URL('../docs/forge.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const wanted = `${before}${BEGIN}${drawTable()}${rest.slice(rest.indexOf(END))}`;
  if (process.env['HIVE_WRITE_DOCS'] === '1') writeFileSync(file, wanted);
  expect(readFileSync(file, 'utf8')).toBe(wanted);
});
