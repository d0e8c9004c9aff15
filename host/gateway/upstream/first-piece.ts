import type { Readable } from 'node:stream';

/** An answer whose content did not begin in time. */
export class SilentAnswerError extends Error {
  override readonly name = 'SilentAnswerError';
}

/**
 * Waits for the first piece of a body, which stays in it. Rejects with a SilentAnswerError after `ms`, and with the body's
 * own error when it breaks, or ends without a word where that is one.
 */
export function waitForFirstPiece(body: Readable, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null) => {
      clearTimeout(timer);
      for (const event of ['readable', 'end'] as const) body.off(event, begin);
      body.off('error', settle);
      if (error === null) return resolve();
      body.destroy();
      reject(error);
    };
    const begin = () => settle(null);
    const timer = setTimeout(() => settle(new SilentAnswerError(`no content within ${ms} ms`)), ms);
    // It may break before its reader is there, who then finds it broken.
    body.on('error', () => undefined);
    body.once('readable', begin).once('end', begin).once('error', settle);
  });
}
