import type { Command } from 'commander';
import { BROADCAST, OPERATOR } from '../../../../protocol/names.ts';
import type { QuestionView } from '../../../../protocol/schemas/message.ts';
import type { CliContext } from '../../context.ts';
import { oneLine } from '../../output/clean-text.ts';
import { saySince } from '../../output/say-figures.ts';
import { sayChoices, sayDeadline } from '../../output/say-message.ts';
import type { Terminal } from '../../output/terminal.ts';
import { define, examples, given, readCount } from '../command.ts';
import { readOf } from './read-mail.ts';

const OLDEST = 100;

export function addQuestionsCommand(program: Command, context: CliContext): void {
  const questions = program
    .command('questions')
    .description('what waits for your answer')
    .option('--of <name>', 'asked of this agent instead, or "*" for everybody\'s')
    .option('--all', 'closed ones too')
    .option('-n, --count <number>', `how many (default ${OLDEST})`);
  examples(questions, [
    ['hivectl questions', 'yours that are open'],
    ['hivectl questions --of "*" --all', 'every question ever asked'],
    ['hivectl answer 42 yes', 'answers one'],
  ]);
  define(questions, context, async (terminal, options) => {
    const of = options['of'] === BROADCAST ? BROADCAST : readOf(options['of']);
    const limit = readCount(options, OLDEST);
    const all = options['all'] === true;
    const answer = await context.hive.call('listQuestions', {
      ...given('of', of),
      ...given('state', all ? ('all' as const) : undefined),
      limit,
    });
    terminal.print(answer);
    const mine = of === undefined || of === OPERATOR;
    if (answer.questions.length === 0) {
      const asked = mine ? 'Nobody' : 'No question';
      if (mine) terminal.say(all ? `${asked} has asked you anything yet.` : `${asked} waits for an answer of yours.`);
      else terminal.say(`${asked} ${all ? 'was asked' : 'is open'} ${of === BROADCAST ? 'anywhere' : `of ${of}`}.`);
      if (!all) terminal.say(`Closed ones: hivectl questions${mine ? '' : ` --of "${of}"`} --all`);
      return;
    }
    for (const question of answer.questions) sayQuestion(terminal, question, context.now());
    const open = answer.questions.filter((question) => question.state === 'open').length;
    if (answer.open > open) terminal.say(`${answer.open - open} more are open: hivectl questions -n ${answer.open}`);
    if (mine && open > 0) terminal.say('Answer one: hivectl answer ID "…"');
  });
}

/** A question with its choices and its outcome. */
export function sayQuestion(terminal: Terminal, question: QuestionView, now: number): void {
  const asked = question.asked === OPERATOR ? 'you' : question.asked;
  const head = terminal.style('bold', `#${question.id}  ${question.from} asks ${asked}`);
  terminal.say(`${head}  ${terminal.style('dim', saySince(question.askedAt, now))}${sayState(question)}`);
  terminal.paragraph(question.body, 4);
  if (question.choices.length > 0) terminal.paragraph(sayChoices(question.choices), 4);
  if (question.state === 'open' && question.deadline !== null)
    terminal.paragraph(sayDeadline(question.deadline, question.default, now), 4);
  if (question.answer !== null)
    terminal.paragraph(`→ ${question.answer.from}: ${oneLine(question.answer.body)} (#${question.answer.id})`, 4);
  terminal.say();
}

function sayState(question: QuestionView): string {
  if (question.state === 'open') return '';
  return `  [${question.state === 'defaulted' ? 'answered by its default' : question.state}]`;
}
