import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';

type Searching = Pick<ForgeCore, 'findSecrets'>;

/** The names of a text's secrets. Throws as searchForSecrets when it cannot be searched. */
export async function secretsIn({ findSecrets }: Searching, text: string, signal: AbortSignal): Promise<string[]> {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(text);
  }
  return [...new Set((await findSecrets(bytes, signal)).map(({ name }) => name))];
}

/** Throws `contains_secret` with the names of a text's secrets; as searchForSecrets when it cannot be searched. */
export async function assertNoSecret(core: Searching, text: string, signal: AbortSignal): Promise<void> {
  const names = await secretsIn(core, text, signal);
  if (names.length > 0)
    throw new HiveError(
      'contains_secret',
      `The text contains ${names.join(', ')}: it is not stored. Remove the value.`,
    );
}
