import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { ForgeTokenView } from '../../protocol/schemas/forge-token.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { toHiveError } from '../storage-errors.ts';
import {
  createToken,
  findTokenUser,
  listTokens,
  type NewToken,
  removeToken,
  type TokenUser,
} from '../tokens/manage-tokens.ts';

/** Tokens for programs outside of boxes. Only the operator manages them; throws `forbidden` for anybody else. */
export interface TokenBackend {
  create(caller: RepoCaller, wanted: NewToken): { token: ForgeTokenView; value: string };
  list(caller: RepoCaller): ForgeTokenView[];
  remove(caller: RepoCaller, name: string): ForgeTokenView;
  /** Who uses the token of a header. Throws `unauthenticated`. */
  findUser(header: string | undefined): TokenUser;
}

export function createTokenBackend(core: ForgeCore): TokenBackend {
  const forOperator = <T>(caller: RepoCaller, work: () => T): T => {
    // A token must not make another one.
    if (caller.kind !== 'operator' || caller.token !== undefined) throw new HiveError('forbidden');
    return finish(work);
  };
  return {
    create: (caller, wanted) => forOperator(caller, () => createToken(core, wanted)),
    list: (caller) => forOperator(caller, () => listTokens(core)),
    remove: (caller, name) => forOperator(caller, () => removeToken(core, name)),
    findUser: (header) => finish(() => findTokenUser(core, header)),
  };
}

function finish<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toHiveError(error);
  }
}
