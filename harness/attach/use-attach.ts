import { once } from 'node:events';
import { createConnection } from 'node:net';
import { runOnTerminal } from '../../system/process/run-on-terminal.ts';
import { readLines } from '../../system/text/read-lines.ts';
import { type AttachAnswer, attachAnswer } from './attach-answer.ts';

const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * In a person's terminal: asks the harness for the conversation and runs the CLI's own interface in it. Returns the exit
 * code; 75 when the conversation cannot be had now.
 */
export async function useAttach(
  path: string,
  variables: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<number> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect');
  } catch {
    say('The harness of this box does not answer. Restart the agent: it may be of an older build.');
    return 69;
  }
  const answer = await new Promise<AttachAnswer>((resolve) => {
    const lost = () => resolve({ refused: 'The harness ended.' });
    socket.once('close', lost);
    readLines(socket, {
      maxBytes: MAX_ANSWER_BYTES,
      onLine: (line) => resolve(readAnswer(line)),
      onLong: lost,
    });
  });
  if ('refused' in answer) {
    say(answer.refused);
    return 75;
  }
  const { argv, env, cwd } = answer.launch;
  const [program = '', ...rest] = argv;
  const stop = new AbortController();
  // Without its harness the CLI has neither tools nor a model.
  socket.once('close', () => stop.abort());
  const end = await runOnTerminal({ argv: [program, ...rest], env: { ...env, ...variables }, cwd }, stop.signal);
  socket.destroy();
  if (end.error !== null) say(`The CLI could not be started: ${end.error.message}`);
  return end.code ?? 1;
}

/** Another program of the box may listen in the harness's place. */
function readAnswer(line: string): AttachAnswer {
  try {
    return attachAnswer.parse(JSON.parse(line));
  } catch {
    return { refused: 'The harness gave an answer that cannot be read.' };
  }
}
