import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { HiveError } from '../../../protocol/errors.ts';
import type { RestoredRepo } from '../../../protocol/forge-backup.ts';
import { type Backup, listBackups, openBackupDir, readManifest, removePartial } from '../backup/backup-places.ts';
import { restoreAll, restoreRepo } from '../backup/restore-backup.ts';
import { writeBackup } from '../backup/write-backup.ts';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/clean-text.ts';
import { saySince } from '../output/say-figures.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples, ifGiven, type Options, type OptionValue } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge backup`, `backups` and `restore`. */
export function addForgeBackups(forge: Command, context: CliContext): void {
  addBackup(forge, context);
  addBackups(forge, context);
  addRestore(forge, context);
}

const IN_ROOT = 'a directory that only you can write to; <root>/backups/forge otherwise';

function addBackup(forge: Command, context: CliContext): void {
  const backup = forge
    .command('backup')
    .description('copy repositories with all refs, and with --all the database of the forge, into a new directory')
    .argument('[OWNER/NAME]', 'one repository')
    .option('--all', 'all repositories, and the database')
    .option('--to <dir>', IN_ROOT)
    .option('--keep <count>', 'delete older backups there beyond this many')
    .option('--keep-days <days>', 'delete backups there that are older');
  examples(backup, [
    ['hivectl forge backup --all --keep 14', 'for a daily timer'],
    ['hivectl forge backup web/app --to /mnt/backups', ''],
  ]);
  define(backup, context, async (terminal, options, [path]) => {
    const isAll = options['all'] === true;
    if (isAll === (path !== undefined))
      throw new HiveError('invalid_input', 'Name one repository as OWNER/NAME, or all of them with --all.');
    const keep = ifGiven(options['keep'], readCount);
    const keepDays = ifGiven(options['keepDays'], readCount);
    const wanted = path === undefined ? null : readRepoPath(path);
    const dir = dirOf(context, options['to']);
    await openBackupDir(dir, join(context.settings.root, 'forge'));
    await removePartial(dir);
    const made = await writeBackup({
      dir,
      socketPath: context.settings.forgeSocket,
      signal: context.signal,
      now: context.now,
      withDatabase: isAll,
      async list() {
        const { repos } = await context.forge.call('listRepos', {});
        const chosen = repos.filter(
          ({ owner, name }) => wanted === null || (owner === wanted.owner && name === wanted.name),
        );
        if (wanted !== null && chosen.length === 0) throw new HiveError('unknown_repo');
        return chosen;
      },
      onRepo: (repo) => sayRepo(terminal, repo),
    });
    // Only complete ones, and never for one that lacks something.
    const { failed } = made.manifest;
    const deleted = failed.length > 0 ? [] : await deleteOld(dir, { made, keep, keepDays, isAll });
    terminal.print({ ...made, deleted });
    terminal.say(`${made.path}: ${prettyBytes(made.bytes)}, ${made.manifest.repositories.length} repositories`);
    if (deleted.length > 0) terminal.say(`Deleted: ${deleted.join(', ')}`);
    return failed.length > 0 ? 1 : 0;
  });
}

function sayRepo(
  terminal: Terminal,
  repo: { owner: string; name: string; why: string } | { owner: string; name: string; bytes: number; refs: number },
): void {
  const name = `${repo.owner}/${repo.name}`;
  if ('why' in repo) terminal.note(`${name} is not in the backup: ${oneLine(repo.why)}`);
  else terminal.say(`${name}: ${repo.refs} refs, ${prettyBytes(repo.bytes)}`);
}

const DAY_MS = 86_400_000;

/** Backups of the same kind beyond the newest `keep`, and those that are older than so many days. */
async function deleteOld(
  dir: string,
  how: { made: Backup; keep: number | undefined; keepDays: number | undefined; isAll: boolean },
): Promise<string[]> {
  const { made, keep = Infinity, keepDays = Infinity, isAll } = how;
  const same = (await listBackups(dir)).filter(({ manifest }) => (manifest.database !== null) === isAll);
  const old = same.filter(
    ({ name, manifest }, at) =>
      name !== made.name && (at >= keep || made.manifest.madeAt - manifest.madeAt > keepDays * DAY_MS),
  );
  for (const { path } of old) await rm(path, { recursive: true });
  return old.map(({ name }) => name);
}

function addBackups(forge: Command, context: CliContext): void {
  const backups = forge
    .command('backups')
    .description('the complete backups in a directory, newest first')
    .option('--in <dir>', IN_ROOT);
  examples(backups, [['hivectl forge backups', '']]);
  defineList(backups, context, {
    read: (options) => dirOf(context, options['in']),
    ask: async (dir) => ({ backups: await listBackups(dir) }),
    items: (answer: { backups: Backup[] }) => answer.backups,
    columns: [
      { title: 'BACKUP', value: ({ name }: Backup) => name },
      { title: 'MADE', value: ({ manifest }, now) => saySince(manifest.madeAt, now) },
      { title: 'SIZE', align: 'right', value: ({ bytes }) => prettyBytes(bytes) },
      { title: 'REPOSITORIES', align: 'right', value: ({ manifest }) => String(manifest.repositories.length) },
      { title: 'DATABASE', value: ({ manifest }) => (manifest.database === null ? 'no' : 'yes') },
      {
        title: 'WITHOUT',
        shrinkTo: 12,
        value: ({ manifest }) => manifest.failed.map(({ owner, name }) => `${owner}/${name}`).join(', '),
      },
    ],
    empty: (dir) => `There is no complete backup in ${dir}. Make one: hivectl forge backup --all`,
  });
}

function addRestore(forge: Command, context: CliContext): void {
  const restore = forge
    .command('restore')
    .description('make a repository of a backup, or put one in place of a damaged repository')
    .argument('[OWNER/NAME]', 'as the backup has it')
    .option('--all', 'put the whole backup in place of the forge, with its database')
    .option('-y, --yes', 'with --all: do not ask')
    .option('--backup <name>', 'the name or directory of a backup; the newest one with that repository otherwise')
    .option('--as <OWNER/NAME>', 'another name for it')
    .option('--replace <OWNER/NAME>', 'replace the repository of that name; repeat the name to say that you mean it');
  examples(restore, [
    ['hivectl forge restore web/app --as operator/app-old', 'to look at it'],
    ['hivectl forge restore web/app --replace web/app', 'what is there and whole is kept'],
    ['hivectl forge restore --all --backup /mnt/forge-20270101T000000000Z', 'on a new machine'],
  ]);
  define(restore, context, async (terminal, options, [path]) => {
    if (options['all'] === true) return restoreWhole(terminal, { context, options, path });
    const wanted = readRepoPath(path);
    const replace = ifGiven(options['replace'], readRepoPath);
    const as = ifGiven(options['as'], readRepoPath);
    if (replace !== undefined && as !== undefined)
      throw new HiveError('invalid_input', 'Give --as for a new repository, or --replace for one that is there.');
    const { path: backup, manifest } = await findBackup(context, options['backup'], wanted);
    const repo = manifest.repositories.find(({ owner, name }) => owner === wanted.owner && name === wanted.name);
    if (repo === undefined) throw new HiveError('not_found', `${backup} has no ${wanted.owner}/${wanted.name}.`);
    const answer = await restoreRepo({
      socketPath: context.settings.forgeSocket,
      backup,
      repo,
      to: replace ?? as ?? wanted,
      replaces: replace !== undefined,
      signal: context.signal,
    });
    terminal.print({ ...answer, backup });
    sayRestored(terminal, answer, backup);
  });
}

async function restoreWhole(
  terminal: Terminal,
  { context, options, path }: { context: CliContext; options: Options; path: string | undefined },
): Promise<void> {
  if (path !== undefined || options['as'] !== undefined || options['replace'] !== undefined)
    throw new HiveError('invalid_input', 'With --all the whole forge is restored: name no repository.');
  const { path: backup, manifest } = await findBackup(context, options['backup'], null);
  const names = `${manifest.repositories.length} repositories, ${saySince(manifest.madeAt, context.now())}`;
  if (options['yes'] !== true)
    await confirm(context, `Replace the whole forge by ${backup} (${names})? What is there now is kept aside.`);
  const answer = await restoreAll({
    socketPath: context.settings.forgeSocket,
    backup,
    manifest,
    signal: context.signal,
    onRepo: ({ owner, name, refs }) => terminal.say(`${owner}/${name}: ${refs} refs`),
  });
  terminal.print({ ...answer, backup });
  terminal.say(`The forge starts again with ${backup}. What was there before is kept in ${answer.before}`);
}

function sayRestored(terminal: Terminal, answer: RestoredRepo, backup: string): void {
  const { owner, name, kept, salvaged, differences, different } = answer;
  terminal.say(`${owner}/${name} is restored from ${backup}.`);
  if (kept === null) return;
  terminal.say(`What was there before is kept for 30 days in ${kept}`);
  if (salvaged > 0) terminal.say(`${salvaged} refs are as they were there last: they were whole.`);
  if (different === 0) return terminal.say('All branches and tags are as the forge had recorded them.');
  terminal.say(`${different} branches and tags are other ones than the forge had recorded:`);
  for (const { ref, old, new: now } of differences)
    terminal.say(`  ${oneLine(ref)}: ${now?.slice(0, 12) ?? 'missing'}, was ${old?.slice(0, 12) ?? 'not there'}`);
}

async function findBackup(
  context: CliContext,
  given: OptionValue,
  wanted: { owner: string; name: string } | null,
): Promise<Pick<Backup, 'path' | 'manifest'>> {
  const dir = dirOf(context, undefined);
  if (given !== undefined) {
    const text = String(given);
    const path = text.includes('/') ? resolve(text) : join(dir, text);
    return { path, manifest: await readManifest(path) };
  }
  const found = (await listBackups(dir)).find(({ manifest }) =>
    wanted === null
      ? manifest.database !== null
      : manifest.repositories.some(({ owner, name }) => owner === wanted.owner && name === wanted.name),
  );
  if (found !== undefined) return found;
  const what = wanted === null ? 'is of a whole forge' : `has ${wanted.owner}/${wanted.name}`;
  throw new HiveError('not_found', `No backup in ${dir} ${what}. Name one with --backup.`);
}

function dirOf({ settings }: CliContext, given: OptionValue): string {
  return given === undefined ? join(settings.root, 'backups', 'forge') : resolve(String(given));
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new HiveError('invalid_input', `"${text}" is not how many to keep: a number from 1.`);
}
