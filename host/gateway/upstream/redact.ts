import { isOrdinary } from '../../../protocol/secrets.ts';
import { createRedactor, SHORTEST_SECRET } from '../../../system/redact/redactor.ts';
import type { Step } from '../protocols/step.ts';

/** What stands where a key stood. */
const REDACTED = '[redacted]';

/** Takes one key out of what a provider answers, in every form that the hive's redactor knows. Made once for a key. */
export interface KeyRedaction {
  redactText(text: string): string;
  /**
   * For the bytes of one answer, also where a key is spread over several chunks. Only bytes that may be the beginning of
   * a key are held back until the next chunk decides, so an event of a stream is never late.
   */
  open(): Step;
}

/** A word instead of a key, for a server that needs none, is left in the texts in which it stands. */
export function createKeyRedaction(key: string): KeyRedaction {
  const isKey = Buffer.byteLength(key) >= SHORTEST_SECRET && !isOrdinary(key);
  const secrets = isKey ? [{ name: '', value: key }] : [];
  const redactor = createRedactor(secrets, { keyShapes: false, say: () => REDACTED });
  return {
    redactText: (text) => redactor.redactText(text).value,
    open() {
      const stream = redactor.openStream();
      return { take: (bytes) => stream.push(bytes), end: () => stream.end() };
    },
  };
}
