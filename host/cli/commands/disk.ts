import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import type { DiskOwner } from '../../../protocol/schemas/disk.ts';
import type { CliContext } from '../context.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { examples } from './command.ts';
import { defineList } from './list.ts';

/** Measuring many files takes as long as the disk needs. */
const MEASURE_TIMEOUT_MS = 300_000;

export function addDiskCommand(program: Command, context: CliContext): void {
  const disk = program.command('disk').alias('du').description("who uses how much of the hive's disk, measured now");
  examples(disk, [
    ['hivectl disk', 'the biggest first'],
    ['hivectl disk --json', 'for scripts: bytes on disk, files, limits'],
  ]);
  defineList(disk, context, {
    read: () => ({}),
    ask: () => context.hive.call('disk', {}, { timeoutMs: MEASURE_TIMEOUT_MS }),
    items: ({ owners }) => owners.filter((owner) => owner.files > 0),
    columns: OWNER_COLUMNS,
    below: (terminal, { disk: { freeBytes, totalBytes, reserveBytes, advice } }) => {
      terminal.say();
      terminal.say(
        `${prettyBytes(freeBytes)} of ${prettyBytes(totalBytes)} free; ${reserveBytes > 0 ? `${prettyBytes(reserveBytes)} kept in reserve` : 'no reserve kept now'}`,
      );
      if (advice !== null) terminal.paragraph(advice, 0);
    },
  });
}

const OWNER_COLUMNS: readonly ItemColumn<DiskOwner>[] = [
  { title: 'OWNER', shrinkTo: 12, value: ({ owner }) => owner },
  { title: 'DISK', align: 'right', value: (owner) => `${atLeast(owner)}${prettyBytes(owner.bytes)}` },
  { title: 'LIMIT', align: 'right', value: ({ limitBytes }) => (limitBytes === 0 ? '–' : prettyBytes(limitBytes)) },
  { title: 'FILES', align: 'right', value: (owner) => `${atLeast(owner)}${owner.files}` },
  { title: 'LIMIT', align: 'right', value: ({ limitFiles }) => (limitFiles === 0 ? '–' : String(limitFiles)) },
];

/** "at least" where not all files could be counted. */
function atLeast({ whole }: DiskOwner): string {
  return whole ? '' : '≥ ';
}
