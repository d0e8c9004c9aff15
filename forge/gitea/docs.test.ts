import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACTION_LEVELS } from '../../protocol/access/repo-access.ts';
import { ACTION_SCOPES, includesScope } from '../../protocol/access/token-scopes.ts';
import type { GiteaRoute } from './route.ts';
import { ABSENT, ROUTES } from './table.ts';

const BEGIN = '<!-- the table of routes, drawn by `npm run docs` -->\n';
const END = '<!-- end of the table -->';

const sayRight = ({ right }: GiteaRoute) =>
  right === 'anybody' ? 'nobody in particular' : right === 'caller' ? 'a known caller' : ACTION_LEVELS[right];

function drawTables(): string {
  const rows = ROUTES.map((one) => [
    `\`${one.method} ${one.path}\``,
    one.scope === null ? '-' : `\`${one.scope}\``,
    sayRight(one),
    one.summary.replaceAll('|', '\\|'),
  ]);
  const lines = [['route', 'scope', 'right', 'what it does'], ['---', '---', '---', '---'], ...rows];
  const absent = [
    ['part of Gitea', 'what the answer says'],
    ['---', '---'],
    ...ABSENT.map((one) => [one.what, one.sentence]),
  ];
  const draw = (table: string[][]) =>
    table.map((cells) => `| ${cells.join(' | ')} |`.replaceAll('| --- ', '|---')).join('\n');
  return `${draw(lines)}\n\nAnswered with 501 and a sentence:\n\n${draw(absent)}\n`;
}

// `npm run docs` writes it; this test fails when it is out of date.
test('docs/forge-api.md shows the table of routes', () => {
  const file = new URL('../../docs/forge-api.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  const wanted = `${before}${BEGIN}${drawTables()}${after}`;
  if (process.env['HIVE_WRITE_DOCS'] === '1') writeFileSync(file, wanted);
  expect(readFileSync(file, 'utf8')).toBe(wanted);
});

test('no two routes have one address, and every route has a cost', () => {
  const addresses = ROUTES.map(({ method, path }) => `${method} ${path.replace(/:[A-Za-z]+/g, ':')}`);
  expect(addresses.filter((one, at) => addresses.indexOf(one) !== at)).toEqual([]);
  expect(ROUTES.filter(({ cost }) => cost < 1)).toEqual([]);
});

test('a route that changes something needs a scope that writes, and that scope is enough for its action', () => {
  for (const { method, path, scope, right } of ROUTES) {
    const name = `${method} ${path}`;
    expect([name, scope?.startsWith('write:') ?? false]).toEqual([name, method !== 'GET']);
    if (right === 'anybody' || right === 'caller' || scope === null) continue;
    const enough = ACTION_SCOPES[right].some((needed) => includesScope(new Set([scope]), needed));
    expect([name, enough]).toEqual([name, true]);
  }
});
