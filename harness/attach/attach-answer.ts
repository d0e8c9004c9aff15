import * as z from 'zod';

/**
 * The harness's lines to whoever connects: `waiting` while a turn runs, then how to start the CLI, or why not. The
 * conversation is taken while the connection is open; the harness closes its side when it wants the conversation back.
 */
export const attachAnswer = z.union([
  z.strictObject({ waiting: z.string() }),
  z.strictObject({ refused: z.string() }),
  z.strictObject({
    launch: z.strictObject({
      argv: z.array(z.string()).min(1),
      env: z.record(z.string(), z.string()),
      cwd: z.string(),
    }),
  }),
]);
export type AttachAnswer = z.infer<typeof attachAnswer>;
