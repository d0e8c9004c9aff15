import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import { ask } from '../../ask.ts';
import type { CliContext } from '../../context.ts';
import { sayMessage } from '../../output/say-message.ts';
import { createTerminal } from '../../output/terminal.ts';
import { define, examples } from '../command.ts';
import { checkBody, readBody, readId } from './read-mail.ts';

export function addAnswerCommand(program: Command, context: CliContext): void {
  const answer = program
    .command('answer')
    .description('answer a question; whoever asked it is woken')
    .argument('ID', 'the question\'s number, as "hivectl questions" shows it')
    .argument('[TEXT...]', 'the answer, or a choice\'s number; "-" reads stdin; without it you are asked');
  examples(answer, [
    ['hivectl answer 42 yes', ''],
    ['hivectl answer 42 2', 'the second choice'],
    ['hivectl answer 42', 'shows the question and asks'],
  ]);
  define(answer, context, async (terminal, _options, [text, ...words]) => {
    const id = readId(text, "A question's number");
    // Read before the first call to the hive, so that bad input is reported first.
    const prompted = words.length === 0 && context.io.stdin.isTTY === true;
    const given = prompted ? null : await readBody(context, words, 'hivectl answer ID "…"');
    const question = await findQuestion(context, id);
    const body = chooseByNumber(given ?? (await askFor(context, question)), question.data.choices ?? []);
    const answered = await context.hive.call('answerQuestion', { id, body });
    terminal.print(answered);
    const { from, answer: reply } = answered.question;
    terminal.say(
      `Answered #${id}${reply === null ? '' : ` with #${reply.id}`}; ${from} is woken. Follow it: hivectl thread ${id} -f`,
    );
  });
}

async function findQuestion(context: CliContext, id: number): Promise<MessageView> {
  const { message } = await context.hive.call('getMessage', { id }).catch((error: unknown) => {
    if (error instanceof HiveError && error.code === 'unknown_message')
      throw new HiveError('unknown_question', `There is no question #${id}. The open ones: hivectl questions`);
    throw error;
  });
  if (message.kind === 'question') return message;
  throw new HiveError(
    'unknown_question',
    `#${id} is no question but a ${message.kind}. Reply to it: hivectl send ${message.from} "…" --reply-to ${id}`,
  );
}

/** The prompt goes to stderr like every prompt, so that --json output stays JSON. */
async function askFor(context: CliContext, question: MessageView): Promise<string> {
  const terminal = createTerminal({ ...context.io, stdout: context.io.stderr }, false);
  sayMessage(terminal, { ...question, receipts: [] }, { now: context.now() });
  const choices = question.data.choices?.length ?? 0;
  const typed = await ask(context, choices === 0 ? 'Your answer: ' : `Your answer (1-${choices}): `);
  if (typed === '') throw new HiveError('interrupted', 'Nothing was answered; the question stays open.');
  return checkBody(typed);
}

/** A number selects the choice at that position, unless a choice has that text. */
export function chooseByNumber(typed: string, choices: readonly string[]): string {
  const text = typed.trim();
  if (choices.length === 0 || choices.includes(text) || !/^\d+$/.test(text)) return choices.length > 0 ? text : typed;
  const choice = choices[Number(text) - 1];
  if (choice !== undefined) return choice;
  throw new HiveError('not_a_choice', `There is no choice ${text}; there are 1 to ${choices.length}.`);
}
