import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACCESS, OWNER_KINDS, RELATIONS } from '../../protocol/access/repo-access.ts';

const BEGIN = '<!-- the table of rights, drawn by `npm run docs` -->\n';
const END = '<!-- end of the table -->';
const SAID: Record<string, string> = { none: '-', spec: 'as its spec says' };
const COLUMNS = {
  owner: 'the agent itself',
  member: 'a member',
  manager: 'manager',
  agent: 'other agents',
  check: 'a check, of its own one',
  operator: 'operator',
};

function drawTable(): string {
  const rows = OWNER_KINDS.map((kind) => {
    const levels = RELATIONS.map((relation) => ACCESS[kind][relation] ?? 'none');
    const owner = kind === 'agent' || kind === 'project' ? `${kind === 'agent' ? 'an' : 'a'} ${kind}` : `\`${kind}\``;
    return [owner, ...levels.map((level) => SAID[level] ?? level)];
  });
  const lines = [['repositories of', ...RELATIONS.map((relation) => COLUMNS[relation])], ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  return [lines[0], `|${'---|'.repeat(RELATIONS.length + 1)}`, ...lines.slice(1), ''].join('\n');
}

// `npm run docs` writes it; this test fails when it is out of date.
test('docs/forge.md shows the table of rights', () => {
  const file = new URL('../../docs/forge.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  const wanted = `${before}${BEGIN}${drawTable()}${after}`;
  if (process.env['HIVE_WRITE_DOCS'] === '1') writeFileSync(file, wanted);
  expect(readFileSync(file, 'utf8')).toBe(wanted);
});
