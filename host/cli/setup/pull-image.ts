import type Docker from 'dockerode';
import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { linesOf } from '../../../system/text/read-lines.ts';

/** Give up on a registry that has not begun to answer after this time. */
const FIRST_WORD_MS = 8_000;
/** The limit of a whole pull. */
const WHOLE_PULL_MS = 180_000;

/** The limit of a progress line; none is nearly as long. */
const LINE_BYTES = 1024 * 1024;

const progressLine = z.object({ error: z.string().optional() });

/** Pulls an image if a registry answers quickly; otherwise returns why not. Throws only on an abort. */
export async function pullImage(
  engine: Docker,
  image: string,
  signal: AbortSignal,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), FIRST_WORD_MS);
  const either = AbortSignal.any([signal, giveUp.signal, AbortSignal.timeout(WHOLE_PULL_MS)]);
  try {
    const stream = (await engine.pull(image, { abortSignal: either })) as NodeJS.ReadableStream;
    stream.once('data', () => clearTimeout(timer));
    const failure = await readProgress(stream, either);
    return failure === null ? { ok: true } : { ok: false, reason: failure };
  } catch (error) {
    if (signal.aborted) throw new HiveError('interrupted');
    return {
      ok: false,
      reason: either.aborted ? 'it did not answer in time' : ((error as Error).message.split('\n')[0] ?? ''),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads an engine's progress (JSON Lines) to its end. Returns the error in it, or null when all went well. */
export async function readProgress(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<string | null> {
  const stop = () =>
    (stream as NodeJS.ReadableStream & { destroy?: (error: Error) => void }).destroy?.(new HiveError('interrupted'));
  signal.addEventListener('abort', stop, { once: true });
  let failure: string | null = null;
  try {
    for await (const line of linesOf(stream, LINE_BYTES)) failure ??= errorIn(line);
    return failure;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function errorIn(line: string): string | null {
  if (line.trim() === '') return null;
  try {
    return progressLine.parse(JSON.parse(line)).error ?? null;
  } catch {
    return null;
  }
}
