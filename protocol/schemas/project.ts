import * as z from 'zod';
import { MEMBER_LEVELS } from '../access/repo-access.ts';
import { agentName, epochMs, projectName } from '../names.ts';
import { storedText } from './message.ts';

/** The most projects of one agent. */
export const MOST_MEMBERSHIPS = 20;

/** An agent's level in each of its projects. */
export const memberships = z.record(projectName, z.enum(MEMBER_LEVELS));
export type Memberships = z.infer<typeof memberships>;

/** What may be said of a project in a change. */
export const MEMBERSHIP_WORDS = [...MEMBER_LEVELS, 'none'] as const;
/** Projects to join, with the level, and to leave (`none`). Others stay as they are. */
export const membershipChanges = z.record(projectName, z.enum(MEMBERSHIP_WORDS));
export type MembershipChanges = z.infer<typeof membershipChanges>;

/** What a project is for, in a line; empty for nothing. */
export const projectDescription = storedText
  .trim()
  .max(500)
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), {
    error: 'a description is one line without control characters',
  });

/** A project, with the agents whose specs name it, in the order of their names. */
export const projectView = z.strictObject({
  name: projectName,
  description: z.string(),
  createdAt: epochMs,
  members: z.array(z.strictObject({ agent: agentName, level: z.enum(MEMBER_LEVELS) })),
});
export type ProjectView = z.infer<typeof projectView>;
