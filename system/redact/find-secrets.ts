import { encodeSecret } from './encode-secret.ts';
import { createNeedleSearch } from './needle-search.ts';
import type { NamedSecret } from './redactor.ts';

/** A secret in a stream of bytes. */
export interface FoundSecret {
  readonly name: string;
  /** The offset in the stream at which it begins. */
  readonly at: number;
}

/** Finds secrets, plain and in their usual encodings (encode-secret.ts), and says where. No shapes of keys. */
export interface SecretFinder {
  open(): SecretSearch;
}

/** The search of one stream. It takes about a megabyte of memory, however long the stream is. */
export interface SecretSearch {
  push(chunk: Uint8Array): void;
  end(): void;
  /** What was found until now: at most `MOST_FOUND` places. */
  readonly found: readonly FoundSecret[];
  /** `MOST_FOUND` places were found: the rest is not searched. */
  readonly isFull: boolean;
}

/** More places than anybody reads. */
export const MOST_FOUND = 100;

/** Bytes are searched in batches: what may continue in the next batch is looked at again, and costs more than the rest. */
const BATCH_BYTES = 1024 * 1024;

/** Throws for a value of fewer than `SHORTEST_SECRET` bytes. */
export function createSecretFinder(secrets: readonly NamedSecret[]): SecretFinder {
  const forms = secrets.flatMap(({ name, value }) => encodeSecret(value).map((needle) => ({ name, needle })));
  const search = createNeedleSearch(forms.map(({ needle }) => needle));
  const longest = Math.max(0, ...forms.map(({ needle }) => needle.bytes.length));
  const batchBytes = Math.max(BATCH_BYTES, 4 * longest);

  function open(): SecretSearch {
    const batch = Buffer.allocUnsafe(batchBytes);
    const found: FoundSecret[] = [];
    let length = 0;
    /** Bytes at the start of the batch that were in the previous one. */
    let held = 0;
    /** The offset of the batch in the stream. */
    let offset = 0;

    function add(name: string, at: number): void {
      if (found.length < MOST_FOUND && !found.some((one) => one.at === at && one.name === name))
        found.push({ name, at });
    }

    function searchBatch(): void {
      const hits = search.findAll(batch, length).sort((a, b) => a.start - b.start);
      // What ends in the held bytes was found in the previous batch.
      for (const { start, end, needle } of hits) if (end > held) add(forms[needle]!.name, offset + start);
    }

    return {
      found,
      get isFull() {
        return found.length >= MOST_FOUND;
      },
      push(chunk) {
        for (let from = 0; from < chunk.length;) {
          const part = chunk.subarray(from, from + batchBytes - length);
          batch.set(part, length);
          length += part.length;
          from += part.length;
          if (length < batchBytes) continue;
          searchBatch();
          held = search.unfinishedLength(batch);
          batch.copyWithin(0, length - held);
          offset += length - held;
          length = held;
        }
      },
      end: searchBatch,
    };
  }

  return { open };
}
