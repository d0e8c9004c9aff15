import * as z from 'zod';
import { ROOT_AGENT } from './agent-actions.ts';

/** A name of an agent or a project: also a directory, a container's and a forge owner's name, so kept very plain. */
const ownName = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/, {
    error: 'a name has 1 to 32 characters: lower-case letters, digits and "-", starting with a letter',
  })
  .refine((name) => !RESERVED_NAMES.has(name), { error: 'that name is reserved' });

export const agentName = ownName.brand<'AgentName'>();
export type AgentName = z.infer<typeof agentName>;

/** A project's name. Agents and projects share one namespace: no name is both. */
export const projectName = ownName.brand<'ProjectName'>();
export type ProjectName = z.infer<typeof projectName>;

/** Names that mean someone or something else wherever a name is accepted. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'operator',
  'system',
  'shared',
  'hive',
  'all',
  'children',
  'parent',
  'new',
]);

/** The root of the tree of agents. */
export const MANAGER = ROOT_AGENT as AgentName;
/** The human: a recipient with an inbox, who sends through hivectl or the dashboard. */
export const OPERATOR = 'operator';
/** The hive itself, as a sender. */
export const SYSTEM = 'system';
/** All agents but the sender, as a recipient. */
export const BROADCAST = '*';

/** The possible senders of a message. */
export const senderName = z.union([agentName, z.literal(OPERATOR), z.literal(SYSTEM)]);
/** A topic's name, with its "#". */
export const topicName = z
  .string()
  .regex(/^#[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/, {
    error: 'a topic is "#" and 1 to 32 characters: lower-case letters, digits and "-", starting with a letter',
  })
  .brand<'TopicName'>();
export type TopicName = z.infer<typeof topicName>;

/** All agents with a role, as an address. */
export const roleAddress = z.string().regex(/^@role:[^\s\p{Cs}][^\n\r\u2028\u2029\p{Cs}]{0,63}$/u);

/** The possible recipients of a message: one, or a group that is resolved when the message is sent. */
export const recipientName = z.union(
  [
    agentName,
    z.literal(OPERATOR),
    z.literal(BROADCAST),
    z.literal('@children'),
    z.literal('@parent'),
    roleAddress,
    topicName,
  ],
  {
    error:
      'a recipient is an agent\'s name, "operator", "*" (all other agents), "@parent", "@children", "@role:<role>" or "#topic"',
  },
);

/** A repository's own name. */
export const repoName = z
  .string()
  .regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,62}[a-zA-Z0-9_-])?$/, {
    error: 'a repository has a name of 1 to 64 letters, digits, ".", "_" and "-", not starting or ending with "."',
  })
  .refine((name) => !name.endsWith('.git') && !name.endsWith('.lock') && !name.includes('..'), {
    error: 'a repository\'s name does not end with ".git" or ".lock" nor hold ".."',
  })
  .brand<'RepoName'>();
export type RepoName = z.infer<typeof repoName>;

/** The owner of a repository. The name alone does not tell an agent from a project, so it is both to the types. */
export const repoOwner = z.union([agentName, projectName, z.literal('shared'), z.literal('hive'), z.literal(OPERATOR)]);
export type RepoOwner = z.infer<typeof repoOwner>;

/** A random id of a boot or a hive, made by the process that starts it. */
export const uuid = z.uuid();
/** Integer milliseconds since the epoch, the only form of time on our wires and in our stores. */
export const epochMs = z.int().nonnegative();
/** A row's id. */
export const rowId = z.int().positive();
/** A whole number in a query string. */
export const queryInt = z.coerce.number<number | string>().int().nonnegative();
