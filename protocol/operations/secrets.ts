import * as z from 'zod';
import { op } from '../op.ts';
import { secretName, secretSubject, secretValue, secretView } from '../secrets.ts';

const changed = z.strictObject({ secret: secretView });

/** Secrets for agents: values that hived keeps and puts as files into the boxes of those they are granted to. */
export const secretOperations = {
  listSecrets: op({
    name: 'listSecrets',
    audiences: ['admin'],
    method: 'GET',
    path: '/secrets',
    summary: 'Secrets for agents, to whom they are granted, and who has them now. Values are never shown.',
    input: z.strictObject({}),
    output: z.strictObject({ secrets: z.array(secretView) }),
    errors: [],
  }),
  setSecret: op({
    name: 'setSecret',
    audiences: ['admin'],
    method: 'PUT',
    path: '/secrets/:name',
    summary: "Keep a secret's value, in place of an older one; agents that it is granted to have the new one at once.",
    input: z.strictObject({ name: secretName, value: secretValue }),
    output: changed,
    errors: ['too_many_secrets', 'storage_unavailable'],
    repeatable: true,
    takesSecret: true,
  }),
  removeSecret: op({
    name: 'removeSecret',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/secrets/:name',
    summary: 'Forget a secret and take it from every agent. It is no longer replaced in texts.',
    input: z.strictObject({ name: secretName }),
    output: z.strictObject({ name: secretName, removed: z.literal(true) }),
    errors: ['not_found', 'storage_unavailable'],
  }),
  grantSecret: op({
    name: 'grantSecret',
    audiences: ['admin'],
    method: 'POST',
    path: '/secrets/:name/grant',
    summary: 'Give a secret to an agent, or to all agents with a role: a file in each box, running ones too.',
    input: z.strictObject({ name: secretName, subject: secretSubject }),
    output: changed,
    errors: ['not_found', 'unknown_agent', 'storage_unavailable'],
    repeatable: true,
  }),
  revokeSecret: op({
    name: 'revokeSecret',
    audiences: ['admin'],
    method: 'POST',
    path: '/secrets/:name/revoke',
    summary: 'Take a secret from an agent or a role again: its file is removed at once. What was read stays read.',
    input: z.strictObject({ name: secretName, subject: secretSubject }),
    output: changed,
    errors: ['not_found', 'storage_unavailable'],
  }),
} as const;
