import { HiveError } from '../../protocol/errors.ts';
import type { CliContext } from './context.ts';

/**
 * Asks for confirmation; throws `interrupted` unless the answer is yes, and `invalid_input` without a terminal to ask
 * on.
 */
export async function confirm(context: CliContext, question: string): Promise<void> {
  if (context.io.stdin.isTTY !== true)
    throw new HiveError('invalid_input', 'This asks before it acts; without a terminal say --yes.');
  const answer = await ask(context, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new HiveError('interrupted', 'Nothing was changed.');
}

/** One line typed at a prompt, trimmed. Throws `interrupted` at Ctrl-C. */
export async function ask(context: CliContext, prompt: string): Promise<string> {
  context.io.stderr.write(prompt);
  return (await readLine(context.io.stdin, context.signal)).trim();
}

function readLine(stdin: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      stdin.off('data', take).off('end', end);
      signal.removeEventListener('abort', abort);
      stdin.pause();
    };
    const take = (chunk: Buffer | string) => {
      finish();
      resolve(String(chunk));
    };
    const end = () => {
      finish();
      resolve('');
    };
    const abort = () => {
      finish();
      reject(new HiveError('interrupted'));
    };
    stdin.on('data', take).on('end', end);
    signal.addEventListener('abort', abort, { once: true });
    stdin.resume();
  });
}
