/** The hive itself: its forge, which imports, mirrors and calls webhooks. No agent can have this name. */
export const HIVE = 'hive';
