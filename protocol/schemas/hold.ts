import * as z from 'zod';
import { epochMs } from '../names.ts';

/**
 * What may hold an agent between turns; the first of several is shown. `taken_over`: a person works in its
 * conversation. `stuck`: the hive found no progress in several turns. `paused`: the operator paused it.
 */
export const HOLD_KINDS = ['taken_over', 'stuck', 'paused'] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];

/** While an agent is held, no turn of it begins; its mail waits. */
export const agentHold = z.strictObject({
  kind: z.enum(HOLD_KINDS),
  at: epochMs,
  by: z.string(),
  reason: z.string().nullable(),
});
export type AgentHold = z.infer<typeof agentHold>;
