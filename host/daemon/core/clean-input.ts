import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import type { CleanInput } from '../../../wire/operations.ts';
import type { KnownSecrets } from './known-secrets.ts';

/** The operation in whose input secrets were found, and their names. */
export interface FoundSecrets {
  readonly operation: string;
  readonly names: readonly string[];
}

const carriedFile = z.looseObject({ data: z.string() });

/**
 * Replaces secrets in the input of every operation, except of those that take secrets. Before it is parsed, so that no
 * error quotes them and lengths are those of the stored text. A file cannot be changed like a text: one that contains
 * a secret is refused (`contains_secret`).
 */
export function cleanInput<Caller>(
  secrets: Pick<KnownSecrets, 'redactJson' | 'findIn'>,
  onFound: (found: FoundSecrets, caller: Caller) => void,
): CleanInput<Caller> {
  return (op, given, { caller }) => {
    if (op.takesSecret === true) return given;
    const file = op.carriesFile === true ? carriedFile.safeParse(given).data : undefined;
    if (file === undefined) {
      const { value, found } = secrets.redactJson(given);
      if (found.length > 0) onFound({ operation: op.name, names: found }, caller);
      return value;
    }
    const { data, ...rest } = file;
    const names = secrets.findIn(Buffer.from(data, 'base64'));
    if (names.length > 0) {
      onFound({ operation: op.name, names }, caller);
      throw new HiveError(
        'contains_secret',
        `The file contains ${names.join(', ')}: it is not stored. Remove the value.`,
      );
    }
    return { ...secrets.redactJson(rest).value, data };
  };
}
