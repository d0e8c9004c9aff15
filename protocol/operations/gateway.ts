import * as z from 'zod';
import { epochMs } from '../names.ts';
import { op } from '../op.ts';
import { usageSum } from '../schemas/agent.ts';
import { gatewayMoment } from '../schemas/gateway.ts';
import { serviceStatus } from '../schemas/service.ts';

/** The gateway as a whole; its providers are in operator-setup.ts, its hosts in egress.ts, its budgets in money.ts. */
export const gatewayOperations = {
  describeGateway: op({
    name: 'describeGateway',
    audiences: ['operator'],
    method: 'GET',
    path: '/gateway',
    summary:
      'What the gateway does now: open calls, limits that hold, connections to hosts outside, and the spend rate.',
    input: z.strictObject({}),
    output: z.strictObject({
      service: serviceStatus,
      /** Null when it does not answer. */
      now: gatewayMoment.nullable(),
      /** The calls that ended lately: since the beginning of a quarter of an hour, an hour ago or somewhat more. */
      lately: z.strictObject({
        since: epochMs,
        calls: z.int().nonnegative(),
        usage: usageSum,
        /** Of the calls whose price is known. */
        usdPerHour: z.number().nonnegative(),
      }),
    }),
    errors: [],
  }),
} as const;
