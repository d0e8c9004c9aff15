import type { Command } from 'commander';
import { listQueued } from '../../../protocol/receipt-words.ts';
import type { AgentView } from '../../../protocol/schemas/agent.ts';
import type { CliContext } from '../context.ts';
import { actOnEach, addChoice, readTargets } from './bulk.ts';
import { define, examples, given, ifGiven } from './command.ts';

export function addPauseCommands(program: Command, context: CliContext): void {
  addPause(program, context);
  addResume(program, context);
}

function addPause(program: Command, context: CliContext): void {
  const pause = program
    .command('pause')
    .description('begin no further turn; the running one ends by itself, and mail waits until "resume"')
    .argument('[NAME...]', 'agents, patterns such as "scout-*", or @ROLE');
  addChoice(pause)
    .option('--now', 'interrupt the running turn; its messages are put back')
    .option('--reason <text>', 'why, for those who look');
  examples(pause, [
    ['hivectl pause scout', 'when its turn is over'],
    ['hivectl pause @coder --reason "release day"', 'all with that role'],
    ['hivectl pause --all --now', 'everyone, in the middle of their turns'],
  ]);
  define(pause, context, async (terminal, options, names) => {
    const targets = await readTargets(context, { options, names }, () => null);
    const how = {
      ...given('reason', ifGiven(options['reason'], String)),
      ...given('now', options['now'] === true ? true : undefined),
    };
    return actOnEach(terminal, targets, async (name) => {
      const { agent } = await context.hive.call('pauseAgent', { name, ...how });
      terminal.print({ agent });
      terminal.say(sayPaused(agent, how));
    });
  });
}

function sayPaused({ name, turn }: AgentView, { now }: { now?: boolean }): string {
  if (turn === null) return `${name}: paused. Let it go on: hivectl resume ${name}`;
  return now === true
    ? `${name}: paused; turn ${turn} is being interrupted. Let it go on: hivectl resume ${name}`
    : `${name}: paused when turn ${turn} has ended. At once: hivectl pause ${name} --now`;
}

function addResume(program: Command, context: CliContext): void {
  const resume = program
    .command('resume')
    .description('let a paused or stuck agent go on; its mail wakes it')
    .argument('[NAME...]', 'agents, patterns such as "scout-*", or @ROLE');
  addChoice(resume);
  examples(resume, [
    ['hivectl resume scout', ''],
    ['hivectl resume --all', 'everyone who is paused or stuck'],
  ]);
  define(resume, context, async (terminal, options, names) => {
    const targets = await readTargets(context, { options, names }, whyNotResumed);
    return actOnEach(terminal, targets, async (name) => {
      const { agent, lifted } = await context.hive.call('resumeAgent', { name });
      terminal.print({ agent, lifted });
      terminal.say(sayResumed(agent, lifted));
    });
  });
}

function whyNotResumed({ holds = [] }: AgentView): string | null {
  return holds.some(({ kind }) => kind !== 'taken_over') ? null : 'It is neither paused nor stuck.';
}

function sayResumed(agent: AgentView, lifted: readonly unknown[]): string {
  const { name, state } = agent;
  const [waiting = '0 waiting'] = listQueued(agent);
  const now = `now ${state.replaceAll('_', ' ')}, ${waiting}`;
  return lifted.length > 0 ? `${name}: goes on (${now})` : `${name}: was neither paused nor stuck (${now})`;
}
