import { FAULTS } from '../../harness/turn/faults.ts';
import { DRIVER_NAMES } from '../../protocol/drivers/drivers.ts';
import { type Cell, FAULT_MATRIX, type FaultRow } from '../faults/fault-matrix.ts';

const CONTRACT = 'harness/driver/driver-contract.ts';
const HIVE = 'test/faults.test.ts';

/** The table of docs/reliability.md, with its notes. */
export function drawFaultMatrix(): string {
  const notes: string[] = [];
  const head = [
    'what goes wrong',
    'the agent',
    'the operator also sees',
    'how it goes on',
    'the mail',
    ...DRIVER_NAMES,
  ];
  const rows: readonly FaultRow[] = Object.values(FAULT_MATRIX);
  const lines = rows.map((row) => [
    row.about,
    row.causes
      .map((cause) => `\`${FAULTS[cause].state}\``)
      .filter((state, at, all) => all.indexOf(state) === at)
      .join(' or '),
    row.seenIn === undefined ? row.seen : `${row.seen} ([test](../${row.seenIn.test}))`,
    row.back,
    row.mail,
    ...DRIVER_NAMES.map((driver) => sayCell(row.cells[driver], notes)),
  ]);
  const table = [head, head.map(() => '---'), ...lines].map((each) => `| ${each.join(' | ')} |`).join('\n');
  return `${table}\n\n${notes.map((note, at) => `${at + 1}. ${note}`).join('\n')}\n`;
}

/** A cell in one word; what needs more is a note below the table. */
function sayCell(cell: Cell, notes: string[]): string {
  if (cell === 'hive') return `[hive](../${HIVE})`;
  if ('contract' in cell) return `[driver](../${CONTRACT})`;
  if ('test' in cell) return `[test](../${cell.test})`;
  if (!notes.includes(cell.none)) notes.push(cell.none);
  return `(${notes.indexOf(cell.none) + 1})`;
}
