import { z } from 'zod';
import { agentName, epochMs } from '../names.ts';
import { DEMO, providerName } from '../providers.ts';
import { op, surfaceFor } from '../op.ts';
import { agentSpecInput, agentView } from '../schemas/agent.ts';
import { diskReport } from '../schemas/disk.ts';
import { providerTest } from '../schemas/service.ts';
import { operatorOperations } from './operator.ts';

const check = z.strictObject({
  name: z.string(),
  ok: z.boolean(),
  /** `warn` does not fail the doctor. */
  level: z.enum(['ok', 'warn', 'fail']),
  found: z.string(),
  advice: z.string().nullable(),
});
export type DoctorCheck = z.infer<typeof check>;

/** An archive's file name: of an agent, and when it was destroyed. Compared with what there is, never used as a path. */
const archiveFile = z.string().min(1).max(128);
const archiveView = z.strictObject({
  archive: archiveFile,
  name: agentName,
  /** When the agent was destroyed. */
  at: epochMs,
  bytes: z.int().nonnegative(),
  /** What it was declared as; null of archives from before that was kept. */
  role: z.string().nullable(),
  parent: agentName.nullable(),
});
export type ArchiveView = z.infer<typeof archiveView>;

/** Every operation of hived's but the gateway's reports (services.ts). */
export const hivedOperations = {
  ...operatorOperations,
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
  listProviders: op({
    name: 'listProviders',
    audiences: ['admin'],
    method: 'GET',
    path: '/providers',
    summary: 'Model providers and whether a key is set. Keys are never shown.',
    input: z.strictObject({}),
    output: z.strictObject({
      providers: z.array(
        z.strictObject({ name: z.string(), hasKey: z.boolean(), setAt: epochMs.nullable(), active: z.boolean() }),
      ),
    }),
    errors: [],
  }),
  setProvider: op({
    name: 'setProvider',
    audiences: ['admin'],
    method: 'PUT',
    path: '/providers/:provider',
    summary: "Keep a provider's key and hand it to the gateway.",
    input: z.strictObject({
      provider: providerName,
      key: z
        .string()
        .trim()
        .regex(/^[\x21-\x7e]{8,4096}$/, { error: 'a key has 8 to 4096 printable characters and no spaces' }),
    }),
    output: z.strictObject({ provider: z.string(), hasKey: z.literal(true) }),
    errors: ['storage_unavailable'],
  }),
  removeProvider: op({
    name: 'removeProvider',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/providers/:provider',
    summary: "Forget a provider's key; agents wait for another one, or for `useDemo`.",
    input: z.strictObject({ provider: providerName }),
    output: z.strictObject({ provider: z.string(), removed: z.boolean() }),
    errors: ['storage_unavailable'],
  }),
  testProvider: op({
    name: 'testProvider',
    audiences: ['admin'],
    method: 'POST',
    path: '/providers/:provider/test',
    summary:
      'Let the gateway make one free call to the provider, and say what is wrong with key, address, proxy or certificate.',
    input: z.strictObject({ provider: providerName }),
    output: providerTest,
    errors: [],
  }),
  useDemo: op({
    name: 'useDemo',
    audiences: ['admin'],
    method: 'POST',
    path: '/providers/demo',
    summary: 'Let the scripted demo model answer until a key is set.',
    input: z.strictObject({}),
    output: z.strictObject({ provider: z.literal(DEMO) }),
    errors: ['wrong_state', 'storage_unavailable'],
  }),
  listArchives: op({
    name: 'listArchives',
    audiences: ['admin'],
    method: 'GET',
    path: '/archives',
    summary: 'Archives of destroyed agents, newest first.',
    input: z.strictObject({}),
    output: z.strictObject({ archives: z.array(archiveView) }),
    errors: [],
  }),
  restoreAgent: op({
    name: 'restoreAgent',
    audiences: ['admin'],
    method: 'POST',
    path: '/archives/:archive/restore',
    summary:
      'Make a destroyed agent again: declared as it was but for `spec`, with its files. Mail, timers and topics do not come back.',
    input: z.strictObject({
      archive: archiveFile,
      /** Another name than it had. */
      as: agentName.optional(),
      /** Another parent than it had; without it the manager stands in for one that is gone. */
      parent: agentName.optional(),
      spec: agentSpecInput.optional(),
      /** False leaves it stopped. */
      start: z.boolean().default(true),
    }),
    output: z.strictObject({ agent: agentView }),
    errors: ['not_found', 'unknown_agent', 'duplicate_agent', 'busy', 'image_missing', 'storage_unavailable'],
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
    output: z.strictObject({ checks: z.array(check) }),
    errors: [],
  }),
} as const;

/** What hivectl may ask: everything an operator may, and what touches the machine. */
export const adminSurface = surfaceFor(hivedOperations, 'operator', 'admin');
