import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAULTS } from '../../harness/turn/faults.ts';
import { drawFaultMatrix } from './draw-fault-matrix.ts';
import { brokenLinks, hasTest, namedTests, tableRows } from './named-tests.ts';
import { TOP } from './sources.ts';

const read = (name: string) => readFileSync(join(TOP, 'docs', name), 'utf8');

describe.each(['security.md', 'reliability.md'])('docs/%s', (name) => {
  const page = read(name);
  // Only tables with a column of tests make promises.
  // Only a table whose last column names tests makes promises.
  const promises = page
    .split(/\n\n/)
    .filter((paragraph) => paragraph.startsWith('| ') && /^.*\| the test \|$/m.test(paragraph))
    .flatMap((table) => tableRows(table).slice(1));

  test('every promise names a test', () => {
    expect(promises.length).toBeGreaterThan(8);
    const without = promises.filter((row) => namedTests(row.at(-1) ?? '').length === 0);
    expect(without.map(([what]) => what)).toEqual([]);
  });

  test('every named test exists', () => {
    const named = promises.flatMap((row) => namedTests(row.at(-1) ?? ''));
    expect(named.filter((one) => !hasTest(one))).toEqual([]);
  });

  test('its links have targets', () => {
    expect(brokenLinks(page, name)).toEqual([]);
  });
});

describe('docs/reliability.md', () => {
  const drawn = {
    'harness/turn/faults.ts': drawFaults,
    'test/faults/fault-matrix.ts': drawFaultMatrix,
  };

  test.each(Object.entries(drawn))('has the table of %s', (source, draw) => {
    const page = read('reliability.md');
    const begin = `<!-- drawn from ${source} by npm run docs -->\n`;
    expect(page).toContain(begin);
    const from = page.indexOf(begin) + begin.length;
    const expected = `${page.slice(0, from)}\n${draw()}\n${page.slice(page.indexOf('<!-- end -->', from))}`;
    if (process.env['HIVE_WRITE_DOCS'] === '1') writeFileSync(join(TOP, 'docs/reliability.md'), expected);
    else expect(page).toBe(expected);
  });
});

function drawFaults(): string {
  const head = [
    'why the turn ended',
    'whose fault',
    'outcome',
    'state until then',
    'next turn',
    'counts against the mail',
    'conversation',
  ];
  const rows = Object.entries(FAULTS).map(([cause, fault]) => [
    cause.replaceAll('_', ' '),
    fault.whose,
    `\`${fault.outcome}\``,
    `\`${fault.state}\``,
    fault.pause === null
      ? 'at once'
      : `after ${seconds(fault.pause.firstMs)}, doubling to ${seconds(fault.pause.maxMs)}`,
    fault.counts === 'never' ? 'never' : 'on proof',
    {
      keep: 'kept',
      drop: 'a fresh one',
      second: 'a fresh one after two in a row',
      third: 'a fresh one after three in a row',
    }[fault.session],
  ]);
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
    .concat('\n');
}

const seconds = (ms: number) => (ms >= 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`);
