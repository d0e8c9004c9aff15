import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentDrivers } from './document-drivers.ts';

// `npm run docs` writes the table; this fails when it was not run.
test('docs/drivers.md shows what each driver can do', () => {
  const page = new URL('../../docs/drivers.md', import.meta.url);
  const table = `<!-- table -->\n\n${documentDrivers()}\n\n<!-- /table -->`;
  const text = readFileSync(page, 'utf8');
  if (process.env['HIVE_WRITE_DOCS'] === '1')
    writeFileSync(
      page,
      text.replace(/<!-- table -->[^]*<!-- \/table -->/, () => table),
    );
  expect(readFileSync(page, 'utf8')).toContain(table);
});
