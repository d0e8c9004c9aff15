import * as z from 'zod';
import { agentName, epochMs, OPERATOR } from '../names.ts';

/** What somebody outside says about a commit, in Gitea's words. Only `success` is enough for a merge. */
export const STATUS_STATES = ['pending', 'success', 'warning', 'failure', 'error'] as const;
export type StatusState = (typeof STATUS_STATES)[number];

/** What a status is about: the name of a build, for instance. One line. */
export const statusContext = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u, {
    error: 'a context is one line of text without space around it',
  });

/** A line for people, and a page with more; empty: none. */
export const statusText = z
  .string()
  .max(500)
  .regex(/^[^\p{Cc}]*$/u, { error: 'a description is one line of text' });
export const statusUrl = z.union([
  z.literal(''),
  z.url({ protocol: /^https?$/, error: 'an address begins with http:// or https://' }).max(500),
]);

/** A status that a pull request needs for its newest commit: of this context, set by this agent or by the operator. */
export const requiredStatus = z.strictObject({
  context: statusContext,
  by: z.union([agentName, z.literal(OPERATOR)]).default(OPERATOR),
});
export type RequiredStatus = z.infer<typeof requiredStatus>;

/** What somebody said last about a commit in one context. */
export const commitStatus = z.strictObject({
  id: z.int().positive(),
  commit: z.string(),
  context: z.string(),
  by: z.string(),
  state: z.enum(STATUS_STATES),
  description: z.string(),
  url: z.string(),
  /** When this context was first set by them for this commit, and last. */
  createdAt: epochMs,
  updatedAt: epochMs,
});
export type CommitStatus = z.infer<typeof commitStatus>;
