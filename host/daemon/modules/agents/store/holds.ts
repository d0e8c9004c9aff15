import * as z from 'zod';
import type { AgentName } from '../../../../../protocol/names.ts';
import { type AgentHold, HOLD_KINDS, type HoldKind } from '../../../../../protocol/schemas/hold.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

const stored = z.partialRecord(
  z.enum(HOLD_KINDS),
  z.strictObject({ at: z.int(), by: z.string(), reason: z.string().nullable() }),
);

/** Parses the column; the hold that is shown first comes first. */
export function parseHolds(text: string | null): AgentHold[] {
  if (text === null) return [];
  const holds = stored.parse(JSON.parse(text));
  return HOLD_KINDS.flatMap((kind) => {
    const hold = holds[kind];
    return hold === undefined ? [] : [{ kind, ...hold }];
  });
}

export function holdsOf(db: Db, name: AgentName): AgentHold[] {
  const text = sql(db, 'SELECT holds FROM agents WHERE name = ?').pluck().get(name) as string | null | undefined;
  return parseHolds(text ?? null);
}

/** Adds a hold, or replaces the one of its kind. */
export function putHold(db: Db, name: AgentName, { kind, ...hold }: AgentHold): void {
  sql(db, "UPDATE agents SET holds = json_set(coalesce(holds, '{}'), '$.' || ?, json(?)) WHERE name = ?").run(
    kind,
    JSON.stringify(hold),
    name,
  );
}

/** Removes holds of these kinds; returns those that there were. */
export function liftHolds(db: Db, name: AgentName, kinds: readonly HoldKind[]): HoldKind[] {
  const lifted = holdsOf(db, name)
    .map(({ kind }) => kind)
    .filter((kind) => kinds.includes(kind));
  for (const kind of lifted)
    sql(db, "UPDATE agents SET holds = nullif(json_remove(holds, '$.' || ?), '{}') WHERE name = ?").run(kind, name);
  return lifted;
}
