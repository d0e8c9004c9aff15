import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measureLedgerRows } from '../bench/floors/ledger-rows.ts';

// The bench writes hived's tables by itself, to compare; nobody else notices when a migration changes them.
test('the floor of the ledger fits the present tables', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hv-floor-'));
  try {
    expect(measureLedgerRows(dir, { budgets: 2, forMs: 0 })).toBeGreaterThan(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
