import * as z from 'zod';
import { agentName, epochMs } from '../names.ts';
import { op } from '../op.ts';
import { DEMO } from '../providers.ts';
import { providerName } from '../schemas/provider.ts';
import { agentSpec, agentSpecInput, agentView } from '../schemas/agent.ts';
import { providerTest } from '../schemas/service.ts';

/**
 * An archive's file name: the agent's name, and when it was destroyed. Compared with the existing files, never used as
 * a path.
 */
export const archiveFile = z.string().min(1).max(128);
const archiveView = z.strictObject({
  archive: archiveFile,
  name: agentName,
  /** When the agent was destroyed. */
  at: epochMs,
  bytes: z.int().nonnegative(),
  /** The role in its spec; null for older archives, which did not record it. */
  role: z.string().nullable(),
  parent: agentName.nullable(),
});
export type ArchiveView = z.infer<typeof archiveView>;

/**
 * The operator's set-up operations, on the page and in hivectl: providers' keys, and agents restored from archives
 * (docs/security.md).
 */
export const operatorSetup = {
  getSpecDefaults: op({
    name: 'getSpecDefaults',
    audiences: ['operator'],
    method: 'GET',
    path: '/spec-defaults',
    summary: 'What an agent is declared with where nothing else is said: `defaults` of config.yaml.',
    input: z.strictObject({}),
    output: z.strictObject({ spec: agentSpec }),
    errors: [],
  }),
  listProviders: op({
    name: 'listProviders',
    audiences: ['operator'],
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
    audiences: ['operator'],
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
    errors: ['forbidden', 'storage_unavailable'],
  }),
  removeProvider: op({
    name: 'removeProvider',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/providers/:provider',
    summary: "Forget a provider's key; agents wait for another one, or for `useDemo`.",
    input: z.strictObject({ provider: providerName }),
    output: z.strictObject({ provider: z.string(), removed: z.boolean() }),
    errors: ['storage_unavailable'],
  }),
  testProvider: op({
    name: 'testProvider',
    audiences: ['operator'],
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
    audiences: ['operator'],
    method: 'POST',
    path: '/providers/demo',
    summary: 'Let the scripted demo model answer until a key is set.',
    input: z.strictObject({}),
    output: z.strictObject({ provider: z.literal(DEMO) }),
    errors: ['wrong_state', 'storage_unavailable'],
  }),
  listArchives: op({
    name: 'listArchives',
    audiences: ['operator'],
    method: 'GET',
    path: '/archives',
    summary: 'Archives of destroyed agents, newest first.',
    input: z.strictObject({}),
    output: z.strictObject({ archives: z.array(archiveView) }),
    errors: [],
  }),
  restoreAgent: op({
    name: 'restoreAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/archives/:archive/restore',
    summary:
      'Make a destroyed agent again: declared as it was but for `spec`, with its files. Mail, timers and topics do not come back.',
    input: z.strictObject({
      archive: archiveFile,
      /** A new name instead of its old one. */
      as: agentName.optional(),
      /** A new parent instead of its old one; by default the manager replaces a parent that is gone. */
      parent: agentName.optional(),
      spec: agentSpecInput.optional(),
      /** False leaves it stopped. */
      start: z.boolean().default(true),
    }),
    output: z.strictObject({ agent: agentView }),
    errors: [
      'forbidden',
      'not_found',
      'unknown_agent',
      'duplicate_agent',
      'busy',
      'image_missing',
      'storage_unavailable',
    ],
  }),
} as const;
