import * as z from 'zod';
import { FIRST_KEY } from '../../../../protocol/schemas/provider.ts';
import type { Db } from '../../../../store/open-store.ts';
import { deleteMeta, getMeta, setMeta } from '../../core/store/meta.ts';
import type { Tx } from '../../core/writer.ts';
import { type Outage, outage } from './outage.ts';

/**
 * The stored facts of a provider, by its id: `demo`: whether the demo model may stand in ("no" once it had a key);
 * `refused`: which keys it refuses, as JSON; `away`: the known outage, as JSON. Empty or absent means none.
 */
type Fact = 'demo' | 'refused' | 'away';
const FACTS: readonly Fact[] = ['demo', 'refused', 'away'];
const metaKey = (id: string, fact: Fact) => `provider.${id}.${fact}`;

/** With which status a provider refuses a key, and since when. */
const refusal = z.object({ status: z.int(), since: z.int() });
export type KeyRefusal = z.infer<typeof refusal>;
/** By the key's label. An older build stored the refusal of its only key alone. */
const refusals = z.union([
  refusal.transform((only): Record<string, KeyRefusal> => ({ [FIRST_KEY]: only })),
  z.record(z.string(), refusal),
]);

export function mayBeDemo(db: Db, id: string): boolean {
  return getMeta(db, metaKey(id, 'demo')) !== 'no';
}

export function storeDemo(tx: Tx, id: string, allowed: boolean): void {
  setMeta(tx.db, metaKey(id, 'demo'), allowed ? 'yes' : 'no');
}

export function refusalsOf(db: Db, id: string): Readonly<Record<string, KeyRefusal>> {
  const text = getMeta(db, metaKey(id, 'refused')) ?? '';
  return text === '' ? {} : refusals.parse(JSON.parse(text));
}

/** Stores the refusal of one key; null ends it. */
export function storeRefusal(tx: Tx, id: string, { label, refused }: { label: string; refused: KeyRefusal | null }) {
  const { [label]: _, ...others } = refusalsOf(tx.db, id);
  const now = refused === null ? others : { ...others, [label]: refused };
  setMeta(tx.db, metaKey(id, 'refused'), Object.keys(now).length === 0 ? '' : JSON.stringify(now));
}

export function outageOf(db: Db, id: string): Outage | null {
  const text = getMeta(db, metaKey(id, 'away')) ?? '';
  return text === '' ? null : outage.parse(JSON.parse(text));
}

/** An outage that the operator was told of. */
export function toldOutage(db: Db, id: string): Pick<Outage, 'since' | 'last'> | null {
  const known = outageOf(db, id);
  return known?.told === true ? { since: known.since, last: known.last } : null;
}

export function storeOutage(tx: Tx, id: string, known: Outage | null): void {
  setMeta(tx.db, metaKey(id, 'away'), known === null ? '' : JSON.stringify(known));
}

/** The provider is gone. */
export function deleteFacts(tx: Tx, id: string): void {
  for (const fact of FACTS) deleteMeta(tx.db, metaKey(id, fact));
}
