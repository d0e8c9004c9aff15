import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { runOnTerminal } from '../../system/process/run-on-terminal.ts';
import { readLines } from '../../system/text/read-lines.ts';
import { type AttachAnswer, attachAnswer } from './attach-answer.ts';

const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * In a person's terminal: asks the harness for the conversation and runs the CLI's own interface in it. Returns the exit
 * code; 75 when the conversation cannot be had now. `signal` ends waiting for it; afterwards Ctrl-C is the CLI's.
 */
export async function useAttach(
  path: string,
  {
    variables,
    say,
    signal,
  }: { variables: Readonly<Record<string, string>>; say: (line: string) => void; signal: AbortSignal },
): Promise<number> {
  // The harness closes its side when it wants the conversation back; ours is closed when the CLI has ended.
  const socket = createConnection({ path, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch {
    say('The harness of this box does not answer. Restart the agent: it may be of an older build.');
    return 69;
  }
  const answer = await readAnswer(socket, say, signal);
  if ('refused' in answer) {
    say(answer.refused);
    socket.destroy();
    return 75;
  }
  const { argv, env, cwd } = answer.launch;
  const [program = '', ...rest] = argv;
  const stop = new AbortController();
  // Without its harness the CLI has neither tools nor a model.
  for (const event of ['end', 'close']) socket.once(event, () => stop.abort());
  const end = await runOnTerminal({ argv: [program, ...rest], env: { ...env, ...variables }, cwd }, stop.signal);
  socket.destroy();
  if (end.error !== null) say(`The CLI could not be started: ${end.error.message}`);
  return end.code ?? 1;
}

type Final = Exclude<AttachAnswer, { waiting: string }>;

/** The line that is not `waiting`; a refusal when none comes. */
function readAnswer(socket: Socket, say: (line: string) => void, signal: AbortSignal): Promise<Final> {
  return new Promise((resolve) => {
    const lost = () => resolve({ refused: 'The harness ended.' });
    for (const event of ['end', 'close']) socket.once(event, lost);
    const left = () => resolve({ refused: 'You left before the conversation was free.' });
    signal.addEventListener('abort', left, { once: true });
    if (signal.aborted) left();
    readLines(socket, {
      maxBytes: MAX_ANSWER_BYTES,
      onLine(line) {
        const answer = parseAnswer(line);
        if ('waiting' in answer) say(answer.waiting);
        else resolve(answer);
      },
      onLong: lost,
    });
  });
}

/** Another program of the box may listen in the harness's place. */
function parseAnswer(line: string): AttachAnswer {
  try {
    return attachAnswer.parse(JSON.parse(line));
  } catch {
    return { refused: 'The harness gave an answer that cannot be read.' };
  }
}
