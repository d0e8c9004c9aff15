import { createHash, randomBytes } from 'node:crypto';
import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../protocol/names.ts';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { type ForgeTokenView, TOKEN_PREFIX } from '../../protocol/schemas/forge-token.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { AgentLine } from '../roster.ts';
import { toHiveError } from '../storage-errors.ts';
import { allTokens, deleteToken, findToken, insertToken, noteTokenUse, type Token } from '../store/tokens.ts';
import { readToken } from './read-token.ts';

type TokenCore = Pick<ForgeCore, 'db' | 'clock' | 'owners' | 'limits' | 'outbox'>;

export type NewToken = Pick<ForgeTokenView, 'name' | 'owner' | 'scopes' | 'repositories'> & { readonly days: number };

const DAY_MS = 24 * 60 * 60 * 1000;
/** Its last use is noted to the minute: not every request writes. */
const USE_MS = 60_000;
/** How long `ls` shows one that has expired. */
const KEEP_EXPIRED_MS = 30 * DAY_MS;

/** Makes a token; its value is in the answer and nowhere else. Throws `duplicate_token`, `unknown_agent`, `forge_quota`. */
export function createToken(core: TokenCore, { days, ...wanted }: NewToken): { token: ForgeTokenView; value: string } {
  const { db, clock, owners, limits } = core;
  if (wanted.owner !== OPERATOR && owners.findCaller(wanted.owner) === null) throw new HiveError('unknown_agent');
  const value = `${TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`;
  const at = clock();
  const write = db.transaction(() => {
    const tokens = allTokens(db);
    if (tokens.some(({ name }) => name === wanted.name)) throw new HiveError('duplicate_token');
    if (tokens.length >= limits.maxTokens)
      throw new HiveError('forge_quota', `There are ${limits.maxTokens} tokens. Remove some first.`);
    insertToken(db, { ...wanted, hash: hashOf(value), createdAt: at, expiresAt: at + days * DAY_MS });
    note(core, wanted, { by: OPERATOR, removed: false });
  });
  write.immediate();
  core.outbox.announce();
  return { token: viewToken(getToken(core, wanted.name)), value };
}

export function listTokens({ db }: TokenCore): ForgeTokenView[] {
  return allTokens(db).map(viewToken);
}

/** Throws `not_found`. */
export function removeToken(core: TokenCore, name: string): ForgeTokenView {
  const token = getToken(core, name);
  const write = core.db.transaction(() => {
    deleteToken(core.db, token.id);
    note(core, token, { by: OPERATOR, removed: true });
  });
  write.immediate();
  core.outbox.announce();
  return viewToken(token);
}

/** Who uses a token, and which one. */
export interface TokenUser {
  readonly caller: RepoCaller;
  readonly id: number;
}

/**
 * The owner of the token in an `Authorization` header, with the token's limits, as of now. Throws `unauthenticated`, with
 * the same words for no token, a wrong, an expired and a revoked one.
 */
export function findTokenUser(core: TokenCore, header: string | undefined): TokenUser {
  const value = readToken(header);
  const token = value === null ? null : findToken(core.db, hashOf(value));
  const now = core.clock();
  const caller = token === null || token.expiresAt <= now ? null : callerOf(core, token);
  if (token === null || caller === null) throw new HiveError('unauthenticated', NO_TOKEN);
  if (token.usedAt === null || now - token.usedAt >= USE_MS) noteUse(core, token.id, now);
  return { caller, id: token.id };
}

/** On a full disk, reading goes on without a note. */
function noteUse({ db }: TokenCore, id: number, at: number): void {
  try {
    noteTokenUse(db, id, at);
  } catch (error) {
    if (toHiveError(error).code !== 'storage_unavailable') throw error;
  }
}

const NO_TOKEN =
  'Send a token of this forge: "Authorization: token VALUE", or as the password for git. One is made on the host: hivectl forge token create';

/**
 * Deletes tokens that expired long ago and, where `agents` are the ones that there are, those of others, also of an
 * earlier one with the name of one that was made later. A disk that takes no change is tried again at the next call; the tokens of agents that are gone are
 * worth nothing meanwhile.
 */
export function tidyTokens(
  core: TokenCore & Pick<ForgeCore, 'log'>,
  agents: readonly Pick<AgentLine, 'name' | 'madeAt'>[] | null,
): void {
  const { db, clock, log } = core;
  const madeAt = agents === null ? null : new Map<string, number>(agents.map((agent) => [agent.name, agent.madeAt]));
  try {
    for (const token of allTokens(db)) {
      const { id, owner, createdAt, expiresAt } = token;
      const isOrphan = madeAt !== null && owner !== OPERATOR && createdAt < (madeAt.get(owner) ?? Infinity);
      if (!isOrphan && expiresAt + KEEP_EXPIRED_MS > clock()) continue;
      const write = db.transaction(() => {
        deleteToken(db, id);
        note(core, token, { by: SYSTEM, removed: true });
      });
      write.immediate();
      core.outbox.announce();
    }
  } catch (error) {
    log.error({ err: error }, 'tokens could not be tidied');
  }
}

/** The operator sees that a right left the machine, also when they did not make it themselves. */
function note(
  { outbox, clock }: TokenCore,
  { name, owner, scopes, repositories }: Omit<NewToken, 'days'>,
  { by, removed }: { by: string; removed: boolean },
): void {
  const data = { token: name, owner, scopes: [...scopes], removed };
  const repo = repositories === null ? '*' : repositories.join(' ');
  outbox.add({ at: clock(), kind: 'forge.token_changed', by, repo, data });
}

function callerOf({ owners }: TokenCore, { owner, scopes, repositories }: Token): RepoCaller | null {
  const caller = owner === OPERATOR ? ({ kind: 'operator' } as const) : owners.findCaller(owner);
  if (caller === null) return null;
  const limits = { scopes: new Set(scopes), repositories: repositories === null ? null : new Set(repositories) };
  return { ...caller, token: limits };
}

function getToken({ db }: TokenCore, name: string): Token {
  const token = allTokens(db).find((one) => one.name === name);
  if (token === undefined) throw new HiveError('not_found', `There is no token "${name}".`);
  return token;
}

function viewToken({ id: _id, ...view }: Token): ForgeTokenView {
  return view;
}

/** A token is random and long: one round of a fast hash is enough. */
function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
