import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from './sources.ts';

/** A test named by a page: its file and its title, as the source writes it. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** The rows of all tables of a page, cell by cell, without header separators. */
export function tableRows(text: string): string[][] {
  return [...text.matchAll(/^\|(.+)\|$/gm)]
    .map(([, row = '']) => row.split('|'))
    .filter(([first = '']) => !/^[ :-]*-+[ :-]*$/.test(first));
}

/** The tests named in a table cell: a link to each file, then titles in it. */
export function namedTests(cell: string): NamedTest[] {
  let file = '';
  return [...cell.matchAll(/\[`[^`]+`\]\(\.\.\/([^)]+)\)|`([^`]+)`/g)].flatMap(([, link, title]) => {
    if (link !== undefined) file = link;
    return title === undefined ? [] : [{ file, title }];
  });
}

/** Whether a file declares a test with that title, one that is not skipped. */
export function hasTest({ file, title }: NamedTest): boolean {
  if (!existsSync(join(TOP, file))) return false;
  const text = readFileSync(join(TOP, file), 'utf8');
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) =>
    text
      .split(literal)
      .slice(0, -1)
      .some((before) => /(?:\btest(?:\.concurrent)?\(|\)\()\s*$/.test(before)),
  );
}

/** Links of a page under docs/ without a target file or heading. */
export function brokenLinks(page: string, name: string): string[] {
  const headings = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-'),
    );
  return [...page.matchAll(/\]\(([^)#]*)(?:#([^)]+))?\)/g)]
    .filter(([, path = '', anchor]) => {
      const file = join(TOP, 'docs', path === '' ? name : path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !headings(readFileSync(file, 'utf8')).includes(anchor);
    })
    .map(([link]) => link);
}
