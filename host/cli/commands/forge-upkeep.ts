import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import type { UpkeepView } from '../../../protocol/schemas/upkeep.ts';
import { sayMaintenance } from '../../../protocol/upkeep-words.ts';
import type { CliContext } from '../context.ts';
import { saySince, saySpan, sayUntil } from '../output/say-figures.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge maintenance` and `hivectl forge maintain`. */
export function addForgeUpkeep(forge: Command, context: CliContext): void {
  const maintenance = forge
    .command('maintenance')
    .description('the size of each repository, what its last maintenance did, and when the next look is');
  examples(maintenance, [['hivectl forge maintenance', '']]);
  defineList(maintenance, context, {
    read: () => ({}),
    ask: () => context.forge.call('listMaintenance', {}),
    items: ({ repos }) => repos,
    columns: COLUMNS,
    empty: () => 'There are no repositories.',
  });

  const maintain = forge
    .command('maintain')
    .description(
      'maintain one repository now: join its packs, index its history, delete what nothing leads to for a week',
    )
    .argument('OWNER/NAME', 'e.g. web/app');
  examples(maintain, [['hivectl forge maintain web/app', '']]);
  define(maintain, context, async (terminal, _options, [path]) => {
    const repo = readRepoPath(path);
    const answer = await context.forge.call('maintainRepo', repo, { timeoutMs: MAINTAIN_TIMEOUT_MS });
    terminal.print(answer);
    const { trouble, did, workedMs, sizeBytes, packs } = answer.repo;
    const name = `${repo.owner}/${repo.name}`;
    terminal.say(
      trouble === null
        ? `${name}: ${sayMaintenance(did)} in ${saySpan(workedMs)}; ${prettyBytes(sizeBytes)} in ${packs ?? 0} packs now.`
        : `${name}: ${trouble}.`,
    );
    return trouble === null ? 0 : 1;
  });
}

/** It waits for pushes and for the maintenance of others, and may rewrite everything. */
const MAINTAIN_TIMEOUT_MS = 3_600_000;

const COLUMNS: readonly ItemColumn<UpkeepView>[] = [
  { title: 'REPOSITORY', value: ({ owner, name }) => `${owner}/${name}` },
  { title: 'SIZE', align: 'right', value: ({ sizeBytes }) => prettyBytes(sizeBytes) },
  { title: 'OBJECTS', align: 'right', value: ({ objects }) => String(objects) },
  { title: 'PACKS', align: 'right', value: ({ packs }) => (packs === null ? '' : String(packs)) },
  { title: 'LOOSE', align: 'right', value: ({ loose }) => (loose === null ? '' : String(loose)) },
  { title: 'LAST', value: ({ workedAt }, now) => (workedAt === null ? 'never' : saySince(workedAt, now)) },
  { title: 'NEXT LOOK', value: ({ nextAt }, now) => (nextAt === null ? 'soon' : sayUntil(nextAt, now)) },
  {
    title: 'CHECKED',
    value: ({ checkedAt, findings }, now) =>
      checkedAt === null ? 'not yet' : `${saySince(checkedAt, now)}${findings === 0 ? '' : `, ${findings} found`}`,
  },
  {
    title: '',
    shrinkTo: 16,
    value: ({ did, trouble, workedAt }) => trouble ?? (workedAt === null ? '' : sayMaintenance(did)),
  },
];
