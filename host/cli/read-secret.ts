import { HiveError } from '../../protocol/errors.ts';
import type { CliContext } from './context.ts';
import { readStdin } from './read-stdin.ts';

/**
 * Reads a secret: from stdin when it is piped in, else typed without echo. Never from the command line, which other
 * users can see.
 */
export async function readSecret(context: CliContext, prompt: string): Promise<string> {
  const { stdin } = context.io;
  const secret = stdin.isTTY === true ? await typeHidden(context, prompt) : await readStdin(context, 8_192);
  if (secret.trim() === '')
    throw new HiveError('invalid_input', 'Nothing was given. Type the value at the prompt, or pipe it in.');
  return secret.trim();
}

function typeHidden({ io, signal }: CliContext, prompt: string): Promise<string> {
  const { stdin, stderr } = io;
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = () => {
      stdin.off('data', take);
      stdin.setRawMode?.(false);
      stdin.pause();
      signal.removeEventListener('abort', abort);
      stderr.write('\n');
    };
    const abort = () => {
      finish();
      reject(new HiveError('interrupted'));
    };
    const take = (chunk: Buffer | string) => {
      for (const char of String(chunk)) {
        // In raw mode Ctrl-C and Ctrl-D arrive as ordinary characters.
        if (char === '\u0003') return abort();
        if (char === '\r' || char === '\n' || char === '\u0004') {
          finish();
          return resolve(typed);
        }
        typed = char === '\u007F' || char === '\b' ? typed.slice(0, -1) : typed + char;
      }
    };
    stderr.write(prompt);
    stdin.setRawMode?.(true);
    signal.addEventListener('abort', abort, { once: true });
    stdin.on('data', take);
    stdin.resume();
  });
}
