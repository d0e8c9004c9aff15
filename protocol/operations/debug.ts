import * as z from 'zod';
import { agentName, rowId } from '../names.ts';
import { op } from '../op.ts';
import { turnDebug } from '../schemas/turn-debug.ts';

/** For finding out what went wrong. */
export const debugOperations = {
  debugTurn: op({
    name: 'debugTurn',
    audiences: ['admin'],
    method: 'GET',
    path: '/debug/turns/:turn',
    summary: 'Everything known about a turn, with the raw lines between the harness and the program that it drove.',
    input: z.strictObject({
      turn: z.coerce.number<number | string>().pipe(rowId),
      /** Refuses the turn of another agent. */
      name: agentName.optional(),
    }),
    output: turnDebug,
    errors: ['not_found'],
  }),
} as const;
