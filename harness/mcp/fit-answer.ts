import { createHash } from 'node:crypto';
import { cutText } from '../../system/text/cut-text.ts';
import { saveDownload } from './save-download.ts';

/**
 * The CLI stores tool results of more than 50,000 characters in a file and shows the model the beginning; this limit
 * is well below.
 */
export const MAX_ANSWER_CHARS = 40_000;

/**
 * A tool's answer, limited in length. A longer one is saved as a file of the agent's, and its beginning is returned,
 * cut at the end of a line where possible, with the file's path.
 */
export async function fitAnswer(
  text: string,
  place: { name: string; stateDir: string; now: () => number },
): Promise<string> {
  if (text.length <= MAX_ANSWER_CHARS) return text;
  const room = cutText(text, MAX_ANSWER_CHARS - 500).text;
  const lineEnd = room.lastIndexOf('\n');
  const shown = lineEnd > room.length / 2 ? room.slice(0, lineEnd) : room;
  const bytes = Buffer.from(text);
  const path = await saveDownload(
    {
      name: `${place.name}-${place.now()}.txt`,
      hash: createHash('sha256').update(bytes).digest('hex'),
      data: bytes.toString('base64'),
    },
    { stateDir: place.stateDir, message: 'answers' },
  );
  return `${shown}\n(Cut here: ${text.length} characters in all. The whole answer is in ${path}; read it in parts, or ask for less.)`;
}
