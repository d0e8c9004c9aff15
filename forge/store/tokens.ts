import * as z from 'zod';
import { TOKEN_SCOPES } from '../../protocol/access/token-scopes.ts';
import type { ForgeTokenView } from '../../protocol/schemas/forge-token.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A row of `tokens`. */
export type Token = ForgeTokenView & { readonly id: number };

interface TokenRow extends Omit<Token, 'scopes' | 'repositories'> {
  scopes: string;
  repositories: string | null;
}

const COLUMNS =
  'id, name, owner, scopes, repositories, created_at AS createdAt, expires_at AS expiresAt, used_at AS usedAt';
const scopesColumn = z.array(z.enum(TOKEN_SCOPES));
const repositoriesColumn = z.array(z.string());

const toToken = ({ scopes, repositories, ...row }: TokenRow): Token => ({
  ...row,
  scopes: scopesColumn.parse(JSON.parse(scopes)),
  repositories: repositories === null ? null : repositoriesColumn.parse(JSON.parse(repositories)),
});

/** A unique index refuses a second one of its name. */
export function insertToken(db: Db, token: Omit<Token, 'id' | 'usedAt'> & { hash: string }): void {
  const { scopes, repositories, ...row } = token;
  sql(
    db,
    `INSERT INTO tokens (name, owner, hash, scopes, repositories, created_at, expires_at)
       VALUES (@name, @owner, @hash, @scopes, @repositories, @createdAt, @expiresAt)`,
  ).run({
    ...row,
    scopes: JSON.stringify(scopes),
    repositories: repositories === null ? null : JSON.stringify(repositories),
  });
}

const BY_HASH = `SELECT ${COLUMNS} FROM tokens WHERE hash = ?`;

export function findToken(db: Db, hash: string): Token | null {
  const row = sql(db, BY_HASH).get(hash) as TokenRow | undefined;
  return row === undefined ? null : toToken(row);
}

const ALL = `SELECT ${COLUMNS} FROM tokens ORDER BY name`;

export function allTokens(db: Db): Token[] {
  return (sql(db, ALL).all() as TokenRow[]).map(toToken);
}

/** Epoch milliseconds. */
export function noteTokenUse(db: Db, id: number, at: number): void {
  sql(db, 'UPDATE tokens SET used_at = ? WHERE id = ?').run(at, id);
}

export function deleteToken(db: Db, id: number): void {
  sql(db, 'DELETE FROM tokens WHERE id = ?').run(id);
}
