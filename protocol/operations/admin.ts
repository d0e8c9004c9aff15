import * as z from 'zod';
import { epochMs } from '../names.ts';
import { op, surfaceFor } from '../op.ts';
import { diskReport } from '../schemas/disk.ts';
import { doctorCheck } from '../schemas/doctor.ts';
import { comparedDay, MAX_BILL_DAYS } from '../schemas/bill.ts';
import { providerName } from '../schemas/provider.ts';
import { debugOperations } from './debug.ts';
import { projectChanges } from './projects.ts';
import { archiveFile, newKey } from './operator-setup.ts';
import { operatorOperations } from './operator.ts';
import { secretOperations } from './secrets.ts';

/** Every operation of hived except the gateway's reports (services.ts). */
export const hivedOperations = {
  ...operatorOperations,
  ...secretOperations,
  ...debugOperations,
  ...projectChanges,
  shutdown: op({
    name: 'shutdown',
    audiences: ['admin'],
    method: 'POST',
    path: '/shutdown',
    summary: 'Stop hived and its services; with `boxes`, the boxes too (they come back with the next start).',
    input: z.strictObject({ boxes: z.boolean().default(true) }),
    output: z.strictObject({ pid: z.int(), stopping: z.literal(true) }),
    errors: [],
  }),
  makeLink: op({
    name: 'makeLink',
    audiences: ['admin'],
    method: 'POST',
    path: '/dashboard/link',
    summary: 'A one-time sign-in link for the dashboard.',
    input: z.strictObject({}),
    output: z.strictObject({ url: z.string(), expiresAt: epochMs }),
    errors: ['storage_unavailable'],
  }),
  reconcileCosts: op({
    name: 'reconcileCosts',
    audiences: ['admin'],
    method: 'POST',
    path: '/costs/reconcile',
    summary:
      "What the hive counted beside what a provider's usage API says, by day and model. The admin key is used for this call and not kept.",
    input: z.strictObject({
      provider: providerName,
      adminKey: newKey,
      /** Days in UTC, today included. */
      days: z.int().min(1).max(MAX_BILL_DAYS).default(7),
    }),
    output: z.strictObject({ provider: providerName, timeZone: z.string(), days: z.array(comparedDay) }),
    errors: ['unknown_provider', 'provider_unreachable', 'service_unavailable'],
    takesSecret: true,
  }),
  removeArchive: op({
    name: 'removeArchive',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/archives/:archive',
    summary: "Delete an archive: that agent's files are gone for good.",
    input: z.strictObject({ archive: archiveFile }),
    output: z.strictObject({ archive: archiveFile, removed: z.literal(true) }),
    errors: ['not_found', 'storage_unavailable'],
  }),
  disk: op({
    name: 'disk',
    audiences: ['admin'],
    method: 'GET',
    path: '/disk',
    summary: "Measures now who uses how much of the hive's disk, the biggest first.",
    input: z.strictObject({}),
    output: diskReport,
    errors: [],
  }),
  doctor: op({
    name: 'doctor',
    audiences: ['admin'],
    method: 'GET',
    path: '/doctor',
    summary: 'Checks of the machine and the hive, from the inside.',
    input: z.strictObject({}),
    output: z.strictObject({ checks: z.array(doctorCheck) }),
    errors: [],
  }),
} as const;

/** Everything hivectl may call: the operator's operations, and those that affect the machine. */
export const adminSurface = surfaceFor(hivedOperations, 'operator', 'admin');
