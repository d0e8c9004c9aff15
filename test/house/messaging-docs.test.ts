import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../host/daemon/config/schema.ts';
import { ERROR_CODES } from '../../protocol/errors.ts';
import { TOP } from './sources.ts';

const page = readFileSync(join(TOP, 'docs/messaging.md'), 'utf8');

/** What stands between a heading of the second level and the next one. */
function chapter(heading: string): string {
  const from = page.indexOf(`\n## ${heading}\n`);
  if (from < 0) throw new Error(`docs/messaging.md has no chapter "${heading}"`);
  return page.slice(from, (page.indexOf('\n## ', from + 1) + 1 || page.length + 1) - 1);
}

const rows = (text: string) => [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row = '']) => row.split('|'));

/** The tests that a table cell names: a link to each file, then titles in it, as the source writes them. */
function namedTests(cell: string): { file: string; title: string }[] {
  let file = '';
  return [...cell.matchAll(/\[`[^`]+`\]\(\.\.\/([^)]+)\)|`([^`]+)`/g)].flatMap(([, link, title]) => {
    if (link !== undefined) file = link;
    return title === undefined ? [] : [{ file, title }];
  });
}

/** Whether a file declares a test of that title, one that is not skipped. */
function hasTest({ file, title }: { file: string; title: string }): boolean {
  if (!existsSync(join(TOP, file))) return false;
  const text = readFileSync(join(TOP, file), 'utf8');
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) =>
    text
      .split(literal)
      .slice(0, -1)
      .some((before) => /(?:\btest\(|\)\()\s*$/.test(before)),
  );
}

describe('docs/messaging.md', () => {
  const promises = rows(chapter('What is promised, and where it is proven')).filter(
    ([what = '']) => !/^(?: what |-+)$/.test(what),
  );

  test('every promise names a test', () => {
    expect(promises.length).toBeGreaterThan(50);
    expect(promises.filter(([, cell = '']) => namedTests(cell).length === 0).map(([what]) => what)).toEqual([]);
  });

  test('every test that it names is there', () => {
    const named = promises.flatMap(([, cell = '']) => namedTests(cell));
    expect(named.filter((one) => !hasTest(one))).toEqual([]);
  });

  test('keys of the configuration have the defaults that it says', () => {
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

  test('what stands under "beyond it" is an error or a sentence', () => {
    const cells = rows(chapter('Back-pressure')).map((row) => row.at(-1)?.trim() ?? '');
    const codes = cells.flatMap((cell) => /^`(\w+)`$/.exec(cell)?.[1] ?? []);
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !(ERROR_CODES as string[]).includes(code))).toEqual([]);
  });

  test('its links lead somewhere', () => {
    const headings = (text: string) =>
      [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      );
    const broken = [...page.matchAll(/\]\(([^)#]*)(?:#([^)]+))?\)/g)].filter(([, path = '', anchor]) => {
      const file = join(TOP, 'docs', path === '' ? 'messaging.md' : path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !headings(readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
