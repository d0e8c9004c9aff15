import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import type { DiskOwner } from '../../../protocol/schemas/disk.ts';
import type { CliContext } from '../context.ts';
import { define, examples } from './command.ts';

/** Walking many files takes the disk's time. */
const MEASURE_TIMEOUT_MS = 300_000;

export function addDiskCommand(program: Command, context: CliContext): void {
  const disk = program.command('disk').alias('du').description("who uses how much of the hive's disk, measured now");
  examples(disk, [
    ['hivectl disk', 'the biggest first'],
    ['hivectl disk --json', 'for scripts: bytes on disk, files, limits'],
  ]);
  define(disk, context, async (terminal) => {
    const report = await context.hive.call('disk', {}, { timeoutMs: MEASURE_TIMEOUT_MS });
    terminal.print(report);
    const { freeBytes, totalBytes, reserveBytes, advice } = report.disk;
    terminal.table(
      [
        { title: 'OWNER', shrinkTo: 12 },
        { title: 'DISK', align: 'right' },
        { title: 'LIMIT', align: 'right' },
        { title: 'FILES', align: 'right' },
        { title: 'LIMIT', align: 'right' },
      ],
      report.owners.filter((owner) => owner.files > 0).map(ownerRow),
    );
    terminal.say();
    terminal.say(
      `${prettyBytes(freeBytes)} of ${prettyBytes(totalBytes)} free; ${reserveBytes > 0 ? `${prettyBytes(reserveBytes)} kept in reserve` : 'no reserve kept now'}`,
    );
    if (advice !== null) terminal.paragraph(advice, 0);
  });
}

function ownerRow(owner: DiskOwner): string[] {
  const most = owner.whole ? '' : '≥ ';
  return [
    owner.owner,
    `${most}${prettyBytes(owner.bytes)}`,
    owner.limitBytes === 0 ? '–' : prettyBytes(owner.limitBytes),
    `${most}${owner.files}`,
    owner.limitFiles === 0 ? '–' : String(owner.limitFiles),
  ];
}
