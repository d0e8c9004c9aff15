import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { HiveError } from '../../../protocol/errors.ts';
import type { CheckArtifact } from '../../../protocol/schemas/check.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/clean-text.ts';
import { saySince } from '../output/say-figures.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';
import { readRun } from './read-run.ts';
import { readPath, saveNew } from './save-new.ts';

/** `hivectl forge check artifacts`: files that runs of checks handed over. */
export function addForgeArtifacts(check: Command, context: CliContext): void {
  const artifacts = check.command('artifacts').description('files that runs of checks handed over');
  const ls = artifacts
    .command('ls')
    .description('those of one run that are kept')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('RUN', 'its number in "forge check ls"');
  examples(ls, [['hivectl forge check artifacts ls web/app 7', '']]);
  defineList(ls, context, {
    read: (_options, [path, run]) => ({ ...readRepoPath(path), run: readRun(run) }),
    ask: (wanted) => context.forge.call('describeCheck', wanted),
    items: (answer) => answer.artifacts,
    columns: COLUMNS,
    empty: () =>
      'None is kept. A check names them with "artifacts" in .hive/checks.yaml, and they are kept for a time.',
  });

  const get = artifacts
    .command('get')
    .description('fetch one of them')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('RUN', 'its number in "forge check ls"')
    .argument('ARTIFACT', 'its number in "artifacts ls"')
    .option('-o, --output <path>', 'where to; "-" is stdout (default: its own name, here)');
  examples(get, [['hivectl forge check artifacts get web/app 7 3 -o report.html', '']]);
  define(get, context, async (terminal, options, [path, run, number]) => {
    const wanted = { ...readRepoPath(path), run: readRun(run), artifact: readArtifact(number) };
    const parts: Buffer[] = [];
    let artifact: CheckArtifact | null = null;
    for (let offset: number | null = 0; offset !== null;) {
      const page: { artifact: CheckArtifact; data: string; next: number | null } = await context.forge.call(
        'readCheckArtifact',
        { ...wanted, offset },
      );
      ({ artifact, next: offset } = page);
      parts.push(Buffer.from(page.data, 'base64'));
    }
    const bytes = Buffer.concat(parts);
    const name = artifact?.name ?? '';
    const target = readPath(options['output'], name.slice(name.lastIndexOf('/') + 1));
    if (target === '-') return void context.io.stdout.write(bytes);
    await saveNew(target, bytes);
    terminal.print({ path: target, bytes: bytes.length });
    terminal.say(`${oneLine(target)}: ${prettyBytes(bytes.length)}.`);
  });
}

/** A table of them. */
export function sayArtifacts(terminal: Terminal, items: readonly CheckArtifact[], now: number): void {
  sayTable(terminal, COLUMNS, { items, now });
}

const COLUMNS: readonly ItemColumn<CheckArtifact>[] = [
  { title: 'ARTIFACT', align: 'right', value: ({ id }) => String(id) },
  { title: 'SIZE', align: 'right', value: ({ bytes }) => prettyBytes(bytes) },
  { title: 'SINCE', value: ({ at }, now) => saySince(at, now) },
  { title: 'NAME', shrinkTo: 16, value: ({ name }) => name },
];

function readArtifact(typed: string | undefined): number {
  if (typed !== undefined && /^[1-9]\d{0,14}$/.test(typed)) return Number(typed);
  throw new HiveError('invalid_input', `"${typed ?? ''}" is not the number of an artifact: "artifacts ls" shows them.`);
}
