import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentStates, drawStates } from './document-states.ts';

// `npm run docs` writes both; this fails when it was not run.
test('docs/harness.md shows the states, and what may follow each', () => {
  const page = new URL('../docs/harness.md', import.meta.url);
  const drawn = `<!-- states -->\n\n${drawStates()}\n\n${documentStates()}\n\n<!-- /states -->`;
  if (process.env['HIVE_WRITE_DOCS'] === '1')
    writeFileSync(
      page,
      readFileSync(page, 'utf8').replace(/<!-- states -->[^]*<!-- \/states -->/, () => drawn),
    );
  expect(readFileSync(page, 'utf8')).toContain(drawn);
});
