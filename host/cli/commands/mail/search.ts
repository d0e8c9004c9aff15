import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { CliContext } from '../../context.ts';
import { oneLine } from '../../output/clean-text.ts';
import { findMatches } from '../../output/find-matches.ts';
import { sayTime } from '../../output/say-figures.ts';
import { sayHead } from '../../output/say-message.ts';
import type { Terminal } from '../../output/terminal.ts';
import { wrapText } from '../../output/wrap-text.ts';
import { define, examples, given, ifGiven, readCount } from '../command.ts';
import { readId, readOf } from './read-mail.ts';

const NEWEST = 50;
const LONGEST = 200;

export function addSearchCommand(program: Command, context: CliContext): void {
  const search = program
    .command('search')
    .description('find messages, newest first')
    .argument('QUERY...', 'words that all occur; "a phrase"; word* for its beginning')
    .option('--of <name>', 'only from or to this agent (or "operator")')
    .option('-n, --count <number>', `how many (default ${NEWEST})`)
    .option('--before <id>', 'only messages before this one');
  examples(search, [
    ['hivectl search migration', ''],
    [`hivectl search '"release plan"' --of scout`, 'a phrase'],
    ['hivectl search "deploy*"', 'deploy, deployed, deployment'],
  ]);
  define(search, context, async (terminal, options, words) => {
    const query = words.join(' ').trim();
    if (query === '' || query.length > LONGEST)
      throw new HiveError('invalid_input', `Say what to look for, in 1 to ${LONGEST} characters.`);
    const of = readOf(options['of']);
    const limit = readCount(options, NEWEST);
    const before = ifGiven(options['before'], (text) => readId(text, '--before'));
    const answer = await context.hive.call('searchMessages', {
      query,
      limit,
      ...given('of', of),
      ...given('before', before),
    });
    terminal.print(answer);
    if (answer.hits.length === 0)
      return terminal.say('Nothing was found. Fewer words find more; word* finds what begins with it.');
    for (const hit of answer.hits) {
      const kind = hit.kind === 'note' ? '' : ` [${hit.kind}]`;
      terminal.say(
        `${terminal.style('bold', sayHead(hit))}${kind}  ${terminal.style('dim', sayTime(hit.at, context.now()))}`,
      );
      sayExcerpt(terminal, oneLine(hit.excerpt), query);
    }
    const last = answer.hits.at(-1);
    if (last !== undefined && answer.hits.length === limit) terminal.say(`Older ones: add --before ${last.id}`);
    terminal.say('Read one in its thread: hivectl thread ID');
  });
}

/** Coloured after wrapping, which would remove the colours. */
function sayExcerpt(terminal: Terminal, excerpt: string, query: string): void {
  for (const line of wrapText(excerpt, terminal.width === null ? null : terminal.width - 4)) {
    let styled = '';
    let at = 0;
    for (const { from, to } of findMatches(line, query)) {
      styled += line.slice(at, from) + terminal.style(['bold', 'red'], line.slice(from, to));
      at = to;
    }
    terminal.say(`    ${styled}${line.slice(at)}`);
  }
}
