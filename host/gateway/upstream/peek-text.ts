import { Readable } from 'node:stream';

/** As much of an error's body as is read for what it says. */
const PEEKED_BYTES = 64 * 1024;

/** The beginning of a body as text, and all of it: nothing is lost. A body that breaks before that breaks for its reader, too. */
export async function peekText(body: Readable): Promise<{ text: string; whole: Readable }> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head: Buffer[] = [];
  let size = 0;
  let failure: unknown = null;
  try {
    while (size < PEEKED_BYTES) {
      const next = await chunks.next();
      if (next.done === true) break;
      head.push(next.value);
      size += next.value.length;
    }
  } catch (error) {
    failure = error;
  }
  const whole = Readable.from(
    (async function* () {
      yield* head;
      if (failure !== null) throw failure;
      yield* { [Symbol.asyncIterator]: () => chunks };
    })(),
    { objectMode: false },
  );
  return { text: Buffer.concat(head).toString('utf8'), whole };
}
