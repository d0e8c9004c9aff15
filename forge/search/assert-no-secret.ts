import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';

/** Throws `contains_secret` with the names of a text's secrets; as searchForSecrets when it cannot be searched. */
export async function assertNoSecret(
  { findSecrets }: Pick<ForgeCore, 'findSecrets'>,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(text);
  }
  const names = [...new Set((await findSecrets(bytes, signal)).map(({ name }) => name))];
  if (names.length > 0)
    throw new HiveError(
      'contains_secret',
      `The text contains ${names.join(', ')}: it is not stored. Remove the value.`,
    );
}
