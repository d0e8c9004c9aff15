import type { Command } from 'commander';
import type { FsckView, StrayView } from '../../../protocol/schemas/fsck.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/clean-text.ts';
import { saySpan } from '../output/say-figures.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples } from './command.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge fsck`: one repository after the other; exit code 1 when something is wrong. */
export function addForgeFsck(forge: Command, context: CliContext): void {
  const fsck = forge
    .command('fsck')
    .description('check repositories: their objects and refs, and whether what the forge has recorded is there')
    .argument('[OWNER/NAME]', 'one repository; all of them without it');
  examples(fsck, [
    ['hivectl forge fsck', 'all repositories, and directories that are none'],
    ['hivectl forge fsck web/app', ''],
  ]);
  define(fsck, context, async (terminal, _options, [path]) => {
    const wanted = path === undefined ? (await context.forge.call('listRepos', {})).repos : [readRepoPath(path)];
    const repos: FsckView[] = [];
    for (const { owner, name } of wanted) {
      const { repo } = await context.forge.call('fsckRepo', { owner, name }, { timeoutMs: FSCK_TIMEOUT_MS });
      repos.push(repo);
      sayRepo(terminal, repo);
    }
    const { strays } = path === undefined ? await context.forge.call('listStrays', {}) : { strays: [] };
    for (const stray of strays) sayStray(terminal, stray);
    terminal.print({ repos, strays });
    return repos.some(({ findings }) => findings.length > 0) || strays.length > 0 ? 1 : 0;
  });
}

/** It waits for the maintenance of others, and reads everything, twice if something is wrong. */
const FSCK_TIMEOUT_MS = 3_600_000;

function sayRepo(terminal: Terminal, { owner, name, findings, tookMs }: FsckView): void {
  if (findings.length === 0) return terminal.say(`${owner}/${name}: whole (${saySpan(tookMs)})`);
  terminal.say(`${owner}/${name}:`);
  for (const { words, advice } of findings) {
    terminal.say(`  ${oneLine(words)}`);
    terminal.say(`    ${oneLine(advice)}`);
  }
}

function sayStray(terminal: Terminal, { path, words, advice }: StrayView): void {
  terminal.say(`${oneLine(path)}:`);
  terminal.say(`  ${words} ${advice}`);
}
