import * as z from 'zod';
import { agentName, epochMs } from '../names.ts';
import { op } from '../op.ts';
import { CREDENTIAL_FORMS, DEMO } from '../providers.ts';
import { entryState, modelEntry } from '../schemas/model.ts';
import { baseUrl, keyLabel, providerKind, providerName } from '../schemas/provider.ts';
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

/** One key of a provider, without its value. */
const keyView = z.strictObject({
  label: keyLabel,
  /** The beginning of the value's SHA-256, to tell keys apart. */
  fingerprint: z.string(),
  setAt: epochMs,
  /** A key of the API, a subscription's long-lived token, or a login. */
  form: z.enum(CREDENTIAL_FORMS),
  /** The status with which the provider refuses it; null while it does not. */
  refused: z.int().nullable(),
  /** When the newest limit that holds it ends; null while none does. */
  limitedUntil: epochMs.nullable(),
  /** Of a login: when a renewal began of which nobody knows how it ended; null: there was none. */
  interruptedAt: epochMs.nullable(),
});

/** A provider, or the demo model, which has no kind. */
const providerRow = z.strictObject({
  name: z.string(),
  kind: providerKind.nullable(),
  baseUrl: z.string().nullable(),
  /** Of every hive, declared in config.yaml, or added by the operator; only the last can be renamed and removed. */
  origin: z.enum(['built_in', 'config', 'added']),
  hasKey: z.boolean(),
  /** When its newest key was set. */
  setAt: epochMs.nullable(),
  /** Whether it answers agents now. */
  active: z.boolean(),
  /** Its calls have failed for a minute or more: since when, and the newest failure. */
  outage: z.strictObject({ since: epochMs, last: epochMs }).nullable(),
  /** The agents that are on it. */
  agents: z.array(agentName),
  keys: z.array(keyView),
});

/** The text of the file that a CLI's login leaves; what is wrong with it is said by hived. */
const loginFile = z.string().max(65_536, { error: 'a file with a login has at most 64 KiB' });

export const newKey = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{8,4096}$/, { error: 'a key has 8 to 4096 printable characters and no spaces' })
  .refine((key) => !key.startsWith('{'), { error: 'this is no key: a file with a login is given with --login FILE' });

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
  listModels: op({
    name: 'listModels',
    audiences: ['operator'],
    method: 'GET',
    path: '/models',
    summary: 'The names of `models` in config.yaml: who answers each now, who does otherwise, and why.',
    input: z.strictObject({}),
    output: z.strictObject({
      models: z.array(
        z.strictObject({
          name: z.string(),
          /** In the order in which they are asked. `unknown`: the gateway does not answer. */
          entries: z.array(
            modelEntry.extend({
              state: z.union([entryState.shape.state, z.literal('unknown')]),
              /** When the state is due to end, if known. */
              until: epochMs.nullable(),
              /** It answers now. */
              answers: z.boolean(),
            }),
          ),
          /** The agents whose spec names it. */
          agents: z.array(agentName),
        }),
      ),
    }),
    errors: [],
  }),
  listProviders: op({
    name: 'listProviders',
    audiences: ['operator'],
    method: 'GET',
    path: '/providers',
    summary: 'Model providers and their keys. Keys are never shown.',
    input: z.strictObject({}),
    output: z.strictObject({ providers: z.array(providerRow) }),
    errors: [],
  }),
  addProvider: op({
    name: 'addProvider',
    audiences: ['operator'],
    method: 'POST',
    path: '/providers',
    summary: 'Declare a provider with its first key, and hand both to the gateway.',
    input: z.strictObject({
      provider: providerName,
      kind: providerKind,
      /** Of its API. Without it, that of the kind, which must have one. */
      baseUrl: baseUrl.optional(),
      /** Or a login in its place. */
      key: newKey.optional(),
      login: loginFile.optional(),
      setupToken: z.boolean().default(false),
    }),
    output: z.strictObject({ provider: providerName, kind: providerKind, baseUrl: z.string() }),
    errors: ['forbidden', 'duplicate_provider', 'duplicate_key', 'storage_unavailable'],
    takesSecret: true,
  }),
  setProvider: op({
    name: 'setProvider',
    audiences: ['operator'],
    method: 'PUT',
    path: '/providers/:provider',
    summary: "Keep a provider's key and hand it to the gateway.",
    input: z.strictObject({
      provider: providerName,
      /** Or a login in its place. */
      key: newKey.optional(),
      login: loginFile.optional(),
      /** The key that it replaces, or the label of an added one. Without it, the only one, or the next free label. */
      label: keyLabel.optional(),
      /** Add it beside the keys that are set; false replaces one. */
      add: z.boolean().default(false),
      /** It is a subscription's long-lived token, and must look like one. */
      setupToken: z.boolean().default(false),
    }),
    output: z.strictObject({ provider: z.string(), hasKey: z.literal(true), label: keyLabel }),
    errors: ['forbidden', 'unknown_provider', 'unknown_key', 'duplicate_key', 'wrong_state', 'storage_unavailable'],
    takesSecret: true,
  }),
  renameProvider: op({
    name: 'renameProvider',
    audiences: ['operator'],
    method: 'POST',
    path: '/providers/:provider/rename',
    summary: 'Give a provider that was added another name; its agents follow.',
    input: z.strictObject({ provider: providerName, as: providerName }),
    output: z.strictObject({ provider: providerName, agents: z.array(agentName) }),
    errors: ['unknown_provider', 'duplicate_provider', 'wrong_state', 'storage_unavailable'],
  }),
  removeProvider: op({
    name: 'removeProvider',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/providers/:provider',
    summary:
      "Forget a provider's keys, or the one with this label; agents wait for another one, or for `useDemo`. Without a label, a provider that was added goes itself, unless agents are on it.",
    input: z.strictObject({ provider: providerName, label: keyLabel.optional() }),
    output: z.strictObject({
      provider: z.string(),
      /** Whether there was a key. */
      removed: z.boolean(),
      /** The provider itself is gone. */
      gone: z.boolean(),
    }),
    errors: ['unknown_provider', 'unknown_key', 'provider_in_use', 'storage_unavailable'],
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
    errors: ['unknown_provider'],
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
      'unknown_provider',
      'unknown_project',
      'duplicate_agent',
      'busy',
      'image_missing',
      'cli_missing',
      'storage_unavailable',
    ],
  }),
} as const;
