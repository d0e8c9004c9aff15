import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Cause, FAULTS } from '../../harness/turn/faults.ts';
import { type DriverName, DRIVER_NAMES } from '../../protocol/drivers/drivers.ts';
import { EVENT_KINDS } from '../../protocol/schemas/event.ts';
import { type Cell, eventsSeen, FAULT_MATRIX, type FaultRow } from '../faults/fault-matrix.ts';
import { hasTest, type NamedTest } from './named-tests.ts';
import { readSources, TOP } from './sources.ts';

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
    const named = namedBy(cell);
    return named === null || !hasTest(named);
  });
  expect(broken).toEqual([]);
});

// test/faults.test.ts waits for the events of its rows, whatever they are.
test('each event that the operator is said to see exists, and is in the tests of its row', () => {
  const wrong = rows.flatMap(([fault, row]) => {
    const { seenIn } = row;
    const tests =
      seenIn === undefined
        ? Object.values(row.cells).flatMap((cell) => namedBy(cell) ?? [])
        : [{ file: seenIn.test, title: seenIn.title }];
    const isWaitedFor = seenIn === undefined && Object.values(row.cells).includes('hive');
    return eventsSeen(row)
      .filter((kind) => {
        const isKnown = (EVENT_KINDS as readonly string[]).includes(kind);
        return !isKnown || !(isWaitedFor || tests.every((named) => bodyOf(named).includes(`'${kind}'`)));
      })
      .map((kind) => `${fault}: ${kind}`);
  });
  expect(wrong).toEqual([]);
});

function namedBy(cell: Cell): NamedTest | null {
  if (cell === 'hive' || 'none' in cell) return null;
  return 'contract' in cell ? { file: CONTRACT, title: cell.contract } : { file: cell.test, title: cell.title };
}

/** What stands between the title of a test and the next test. */
function bodyOf({ file, title }: NamedTest): string {
  const [, after = ''] = readFileSync(join(TOP, file), 'utf8').split(title);
  return after.split(/^\s*(?:test|describe)\b/m)[0] ?? '';
}

test('the contract suite runs for each driver whose cells name it', () => {
  const callers = readSources().filter(({ isTest, text }) => isTest && /\bdescribe(?:Driver|AcpCli)\(/.test(text));
  const runs = (driver: DriverName) => callers.some(({ text }) => text.includes(`driver: '${driver}'`));
  expect(DRIVER_NAMES.filter((driver) => !runs(driver))).toEqual([]);
});
