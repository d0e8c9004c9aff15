import { expect, test } from 'vitest';
import { type Cause, FAULTS } from '../../harness/turn/faults.ts';
import { type DriverName, DRIVER_NAMES } from '../../protocol/drivers/drivers.ts';
import { FAULT_MATRIX, type FaultRow } from '../faults/fault-matrix.ts';
import { hasTest } from './named-tests.ts';
import { readSources } from './sources.ts';

const CONTRACT = 'harness/driver/driver-contract.ts';
const rows: readonly (readonly [string, FaultRow])[] = Object.entries(FAULT_MATRIX);
const cells = rows.flatMap(([fault, row]) =>
  DRIVER_NAMES.map((driver) => ({ fault, driver, cell: row.cells[driver] })),
);

/** Ends of turns that no fault brings, or that are of the hive's own rules, whichever driver runs. */
const OTHER_CAUSES: Readonly<Partial<Record<Cause, string>>> = {
  interrupted: 'the operator wants it',
  budget_used: 'the gateway counts, whoever asks: test/budget.test.ts',
  mail_unseen: 'the harness decides it: harness/turn/run-turn.ts',
  no_answer: 'the harness judges reports of all drivers: harness/turn/judge-report.test.ts',
  no_progress: 'the harness watches all drivers: harness/turn/warn-turn.test.ts',
};

test('each end of a turn is in a row of the matrix, or is none of a fault', () => {
  const inRows = new Set(rows.flatMap(([, { causes }]) => causes));
  const missing = (Object.keys(FAULTS) as Cause[]).filter((cause) => !inRows.has(cause) && !(cause in OTHER_CAUSES));
  expect(missing).toEqual([]);
  expect(Object.keys(OTHER_CAUSES).filter((cause) => inRows.has(cause as Cause))).toEqual([]);
});

test('each cell has a test that exists, or a reason', () => {
  const broken = cells.filter(({ cell }) => {
    if (cell === 'hive') return false;
    if ('none' in cell) return cell.none.split(' ').length < 4;
    return !hasTest(
      'contract' in cell ? { file: CONTRACT, title: cell.contract } : { file: cell.test, title: cell.title },
    );
  });
  expect(broken).toEqual([]);
});

test('the contract suite runs for each driver whose cells name it', () => {
  const callers = readSources().filter(({ isTest, text }) => isTest && /\bdescribe(?:Driver|AcpCli)\(/.test(text));
  const runs = (driver: DriverName) => callers.some(({ text }) => text.includes(`driver: '${driver}'`));
  expect(DRIVER_NAMES.filter((driver) => !runs(driver))).toEqual([]);
});
