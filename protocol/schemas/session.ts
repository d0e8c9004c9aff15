import * as z from 'zod';

/**
 * How a turn treats the agent's conversation: continues it, has the CLI summarise it first, begins a fresh one, or
 * continues a copy of it.
 */
export const sessionChoice = z.enum(['continue', 'compact', 'fresh', 'fork']);
export type SessionChoice = z.infer<typeof sessionChoice>;
