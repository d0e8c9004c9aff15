import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentSizes } from './document-sizes.ts';

// `npm run docs` writes the table; this fails when it was not run.
test('docs/drivers.md has the size of what is told', () => {
  const page = new URL('../../docs/drivers.md', import.meta.url);
  const table = `<!-- sizes -->\n\n${documentSizes()}\n\n<!-- /sizes -->`;
  const text = readFileSync(page, 'utf8');
  if (process.env['HIVE_WRITE_DOCS'] === '1')
    writeFileSync(
      page,
      text.replace(/<!-- sizes -->[^]*<!-- \/sizes -->/, () => table),
    );
  expect(readFileSync(page, 'utf8')).toContain(table);
});
