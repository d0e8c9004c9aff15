import * as z from 'zod';
import { agentName, epochMs, OPERATOR, rowId } from '../names.ts';
import { ALL_NOTICES } from '../notices.ts';
import { type EventData, FORGE_KINDS, type ForgeKind } from './event.ts';
import { PRIORITIES } from './message.ts';

/** Mail that one fact may carry. */
export const MAX_FACT_MAILS = 50;
/** The longest body of a fact's mail, in UTF-16 units, all parts together. */
export const MAX_FACT_MAIL_CHARS = 4_000;

/**
 * Mail that belongs to a fact: hived posts it as the hive's own notice, once, when it stores the fact. Its body is made
 * of the forge's own sentences and of quotations: text that somebody else chose (branches, files, output of git or a
 * check) is in `quote` only, and hived puts it between marks that the text cannot close.
 */
export const factMail = z
  .strictObject({
    to: z.union([agentName, z.literal(OPERATOR)]),
    body: z
      .array(z.union([z.string(), z.strictObject({ quote: z.string() })]))
      .min(1)
      .max(200),
    priority: z.enum(PRIORITIES),
    /** For an agent: what kind of notice it is. Facts of before had one kind. */
    notice: z.enum(ALL_NOTICES).default('interruption'),
  })
  .refine(
    ({ body }) =>
      body.reduce((sum, part) => sum + (typeof part === 'string' ? part : part.quote).length, 0) <= MAX_FACT_MAIL_CHARS,
    { error: `the body is longer than ${MAX_FACT_MAIL_CHARS} characters` },
  );
export type FactMail = z.infer<typeof factMail>;

/**
 * A fact of the forge that hived has not stored in its event log yet, in order. `by` and `repo` are part of the event's
 * data.
 */
export const forgeFact = z.strictObject({
  id: rowId,
  at: epochMs,
  kind: z.enum(FORGE_KINDS),
  by: z.string(),
  repo: z.string(),
  data: z.record(z.string(), z.unknown()),
  mail: z.array(factMail).max(MAX_FACT_MAILS),
});
export type ForgeFact = z.infer<typeof forgeFact>;

/** A fact as the forge writes it, with its data typed by its kind. */
export type NewForgeFact = {
  [K in ForgeKind]: {
    readonly at: number;
    readonly kind: K;
    readonly by: string;
    readonly repo: string;
    readonly data: Omit<EventData<K>, 'repo' | 'by'>;
    readonly mail?: readonly FactMail[];
  };
}[ForgeKind];
