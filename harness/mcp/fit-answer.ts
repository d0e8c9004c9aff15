import { createHash } from 'node:crypto';
import { cutText } from '../../system/text/cut-text.ts';
import { saveDownload } from './save-download.ts';

/** The CLI puts a tool result of more than 50,000 characters aside and shows the model its beginning; this is well below. */
export const MAX_ANSWER_CHARS = 40_000;

/**
 * A tool's answer, as much as the model gets to see of it. What is longer is saved whole as a file of the agent's, and
 * its beginning is answered, up to the end of a line where there is one, with the file's path.
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
