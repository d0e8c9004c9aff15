import {
  createRedactor,
  type NamedSecret,
  type Redacted,
  type Redactor,
  SHORTEST_SECRET,
} from '../../../system/redact/redactor.ts';
import { isOrdinary } from '../../../protocol/secrets.ts';

/**
 * The secrets that the hive knows, in memory, and their redaction. Everything that hived stores or shows and that comes
 * from elsewhere passes here: callers' input, events, the logs of hived and its services, boxes' output, exports.
 */
export interface KnownSecrets {
  /**
   * Replaces the secrets of one source, such as the files with keys. Values shorter than `SHORTEST_SECRET` bytes and
   * ordinary words are not redacted: a server that needs no key is given any word, and no message may lose it.
   */
  learn(source: string, secrets: readonly NamedSecret[]): void;
  /** Calls `listener` with all secrets now and after each change. */
  watch(listener: (secrets: readonly NamedSecret[]) => void): void;
  redactText(text: string): string;
  redactJson<T>(json: T): Redacted<T>;
  /** The names of the secrets in a file's bytes. */
  findIn(bytes: Uint8Array): readonly string[];
}

export function createKnownSecrets(): KnownSecrets {
  const sources = new Map<string, readonly NamedSecret[]>();
  const listeners: ((secrets: readonly NamedSecret[]) => void)[] = [];
  let redactor: Redactor | null = null;
  const all = () => [...sources.values()].flat();
  const current = () => (redactor ??= createRedactor(all()));
  return {
    learn(source, secrets) {
      sources.set(
        source,
        secrets.filter(({ value }) => Buffer.byteLength(value) >= SHORTEST_SECRET && !isOrdinary(value)),
      );
      redactor = null;
      for (const listener of listeners) listener(all());
    },
    watch(listener) {
      listeners.push(listener);
      listener(all());
    },
    redactText: (text) => current().redactText(text).value,
    redactJson: (json) => current().redactJson(json),
    findIn(bytes) {
      const stream = current().openStream();
      stream.push(bytes);
      stream.end();
      return [...stream.found];
    },
  };
}
