import type { Command } from 'commander';
import type { OpOutput } from '../../../protocol/op.ts';
import type { sessionOperations } from '../../../protocol/operations/sessions.ts';
import type { SessionView } from '../../../protocol/schemas/session.ts';
import type { CliContext } from '../context.ts';
import { sayAgo, sayContext, sayCount } from '../output/say-figures.ts';
import { sayTable } from '../output/say-table.ts';
import { define, examples, given, ifGiven, readName } from './command.ts';
import { defineList } from './list.ts';
import prettyBytes from 'pretty-bytes';

export function addSessionCommands(program: Command, context: CliContext): void {
  const sessions = program
    .command('sessions')
    .description("agents' conversations: which one the next turn has, and why");
  addList(sessions, context);
  addChoices(sessions, context);
  addSimulate(sessions, context);
}

type Listed = OpOutput<(typeof sessionOperations)['listSessions']>;

function addList(sessions: Command, context: CliContext): void {
  const ls = sessions
    .command('ls')
    .description("an agent's conversations, the newest first")
    .argument('<NAME>', 'an agent');
  examples(ls, [['hivectl sessions ls coder', '']]);
  defineList<{ name: ReturnType<typeof readName> }, Listed, SessionView>(ls, context, {
    read: (_, [name]) => ({ name: readName(name) }),
    ask: (query) => context.hive.call('listSessions', query),
    items: (answer) => answer.sessions,
    columns: [
      { title: 'ID', value: ({ id, isCurrent }) => `${id}${isCurrent ? ' *' : ''}` },
      { title: 'USED', value: ({ lastAt }, now) => sayAgo(lastAt, now) },
      { title: 'AGE', value: ({ firstAt }, now) => sayAgo(firstAt, now) },
      { title: 'TURNS', value: ({ turns }) => String(turns) },
      { title: 'CONTEXT', value: sayContext },
      { title: 'SIZE', value: ({ bytes }) => (bytes === null ? '–' : prettyBytes(bytes)) },
      { title: 'LAST TURN', value: ({ choice, reason }) => (choice === null ? '–' : `${choice}: ${reason ?? ''}`) },
    ],
    empty: ({ name }) => `${name} has no conversation yet.`,
    below(terminal, { next, sessions: listed }, { name }) {
      if (next !== null)
        terminal.say(`Next turn: ${NEXT[next.choice]}${next.session === null ? '' : ` ${next.session}`}.`);
      else if (listed.some(({ isCurrent }) => isCurrent))
        terminal.say(`* the current one. Another: hivectl sessions use ${name} ID`);
    },
  });
}

const NEXT = { use: 'continues', fresh: 'begins a fresh conversation', fork: 'continues a copy of' } as const;

function addChoices(sessions: Command, context: CliContext): void {
  const use = sessions
    .command('use')
    .description('the next turn continues this conversation')
    .argument('<NAME>', 'an agent')
    .argument('<ID>', 'of one of its conversations, or the beginning of it');
  examples(use, [['hivectl sessions use coder b6179abd', 'from hivectl sessions ls coder']]);
  define(use, context, async (terminal, _, [name, id]) => {
    const chosen = await context.hive.call('useSession', { name: readName(name), session: id ?? '' });
    terminal.print(chosen);
    terminal.say(`${chosen.name}'s next turn continues ${chosen.session ?? ''}.`);
  });
  const reset = sessions
    .command('reset')
    .description('the next turn begins a fresh conversation; the others stay')
    .argument('<NAME>', 'an agent');
  examples(reset, [['hivectl sessions reset coder', '']]);
  define(reset, context, async (terminal, _, [name]) => {
    const chosen = await context.hive.call('resetSession', { name: readName(name) });
    terminal.print(chosen);
    terminal.say(`${chosen.name}'s next turn begins a fresh conversation.`);
  });
  const fork = sessions
    .command('fork')
    .description('the next turn continues a copy of a conversation, which itself stays as it is')
    .argument('<NAME>', 'an agent')
    .argument('[ID]', 'of one of its conversations; default: the current one');
  examples(fork, [
    ['hivectl sessions fork coder', 'a copy of the current one'],
    ['hivectl sessions fork coder b6179abd', ''],
  ]);
  define(fork, context, async (terminal, _, [name, id]) => {
    const query = { name: readName(name), ...given('session', ifGiven(id, String)) };
    const chosen = await context.hive.call('forkSession', query);
    terminal.print(chosen);
    terminal.say(`${chosen.name}'s next turn continues a copy of ${chosen.session ?? ''}.`);
  });
}

type Simulation = OpOutput<(typeof sessionOperations)['simulateSessions']>;

const POLICIES: Readonly<Record<Simulation['total'][number]['policy'], string>> = {
  default: "the hive's own",
  always_continue: 'always continue',
  always_fresh: 'always fresh',
  compact_at_80: 'compact at 80 %',
};

function addSimulate(sessions: Command, context: CliContext): void {
  const command = sessions
    .command('simulate')
    .description('what the recorded turns would use under each policy for conversations')
    .argument('[NAME]', 'an agent; default: all');
  examples(command, [
    ['hivectl sessions simulate', 'all agents together'],
    ['hivectl sessions simulate coder --json', ''],
  ]);
  define(command, context, async (terminal, _, [name]) => {
    const answer = await context.hive.call('simulateSessions', given('name', ifGiven(name, readName)));
    terminal.print(answer);
    const turns = answer.agents.reduce((sum, agent) => sum + agent.turns, 0);
    if (turns === 0) return terminal.say('No turns with counted tokens are recorded yet.');
    sayTable(
      terminal,
      [
        { title: 'POLICY', value: ({ policy }: Simulation['total'][number]) => POLICIES[policy] },
        { title: 'READ', value: ({ cacheReadTokens }) => sayCount(cacheReadTokens) },
        { title: 'WRITTEN', value: ({ cacheWriteTokens }) => sayCount(cacheWriteTokens) },
        { title: 'OUT', value: ({ outputTokens }) => sayCount(outputTokens) },
        { title: 'FRESH', value: ({ fresh }) => String(fresh) },
        { title: 'COMPACTED', value: ({ compacted }) => String(compacted) },
        { title: 'COST', value: ({ usd }) => `$${usd.toFixed(2)}` },
      ],
      { items: answer.total, now: context.now() },
    );
    terminal.say(
      `${turns} turns of ${answer.agents.length} agents. Each is assumed to need 8k tokens of what was before.`,
    );
    if (answer.agents.some(({ isPriced }) => !isPriced))
      terminal.say('Some models have no known price: of those, only the ratios are right.');
  });
}
