import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../host/daemon/config/schema.ts';
import { ERROR_CODES } from '../../protocol/errors.ts';
import { brokenLinks, hasTest, namedTests, tableRows } from './named-tests.ts';
import { TOP } from './sources.ts';

const page = readFileSync(join(TOP, 'docs/messaging.md'), 'utf8');

/** The text between a heading of the second level and the next one. */
function chapter(heading: string): string {
  const from = page.indexOf(`\n## ${heading}\n`);
  if (from < 0) throw new Error(`docs/messaging.md has no chapter "${heading}"`);
  return page.slice(from, (page.indexOf('\n## ', from + 1) + 1 || page.length + 1) - 1);
}

const rows = tableRows;

describe('docs/messaging.md', () => {
  const promises = rows(chapter('What is promised, and where it is proven')).filter(([what = '']) => what !== ' what ');

  test('every promise names a test', () => {
    expect(promises.length).toBeGreaterThan(50);
    expect(promises.filter(([, cell = '']) => namedTests(cell).length === 0).map(([what]) => what)).toEqual([]);
  });

  test('every named test exists', () => {
    const named = promises.flatMap(([, cell = '']) => namedTests(cell));
    expect(named.filter((one) => !hasTest(one))).toEqual([]);
  });

  test('the defaults in the text are the configuration’s', () => {
    const defaults = configSchema.parse({}) as unknown as Record<string, Record<string, unknown>>;
    const said = rows(page).flatMap((cells) => {
      const at = cells.findIndex((cell) => /^ `(?:broker|retention)\.\w+` $/.test(cell));
      const [section = '', key = ''] = cells[at]?.replaceAll(/[` ]/g, '').split('.') ?? [];
      return at < 0 ? [] : [{ section, key, value: Number(cells[at + 1]) }];
    });
    expect(said.length).toBeGreaterThan(20);
    expect(said.filter(({ section, key, value }) => defaults[section]?.[key] !== value)).toEqual([]);
    const keys = [...page.matchAll(/`(broker|retention)\.(\w+)`/g)].map(([, section = '', key = '']) => [section, key]);
    expect(keys.filter(([section = '', key = '']) => !(key in (defaults[section] ?? {})))).toEqual([]);
  });

  test('each "beyond it" is an error or a sentence', () => {
    const cells = rows(chapter('Back-pressure')).map((row) => row.at(-1)?.trim() ?? '');
    const codes = cells.flatMap((cell) => /^`(\w+)`$/.exec(cell)?.[1] ?? []);
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !(ERROR_CODES as string[]).includes(code))).toEqual([]);
  });

  test('its links have targets', () => {
    expect(brokenLinks(page, 'messaging.md')).toEqual([]);
  });
});
