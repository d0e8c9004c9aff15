import type { EventData, HiveEvent } from '../../../../protocol/schemas/event.ts';

/** The kinds of data that an event can change. Each is the first part of a query key. */
export type Affected =
  | 'status'
  | 'agents'
  | 'messages'
  | 'threads'
  | 'inbox'
  | 'questions'
  | 'dead'
  | 'topics'
  | 'reminders'
  | 'repos'
  | 'projects'
  | 'pulls'
  | 'providers'
  | 'archives'
  | 'money'
  | 'hosts'
  | 'terminals';

/** The data that each family of events changes. An event's family is the part of its kind before the first dot. */
const BY_FAMILY: Readonly<Record<string, readonly Affected[]>> = {
  hive: ['status', 'agents'],
  engine: ['status', 'agents'],
  disk: ['status', 'agents'],
  service: ['status', 'repos', 'pulls'],
  provider: ['status', 'agents', 'providers'],
  agent: ['agents', 'status', 'archives', 'projects'],
  rebuild_all: ['agents'],
  box: ['agents'],
  harness: ['agents', 'messages', 'threads'],
  cli: [],
  message: ['agents', 'messages', 'threads', 'inbox'],
  mailbox: ['agents'],
  delivery: ['agents', 'messages', 'threads', 'inbox', 'dead', 'reminders'],
  thread: ['threads', 'questions'],
  question: ['questions', 'inbox'],
  topic: ['topics'],
  turn: ['agents'],
  conversation: ['agents'],
  transcript: ['agents'],
  reminder: ['reminders', 'messages', 'threads'],
  schedule: ['reminders'],
  egress: ['hosts'],
  approval: ['hosts'],
  secret: [],
  usage: ['agents', 'money'],
  budget: ['agents', 'money'],
  skills: [],
  forge: ['repos'],
  project: ['repos', 'projects'],
  dashboard: [],
  terminal: ['terminals'],
};

/** The data to refetch after an event. A turn changes mail only at its start and at its end. */
export function affectedBy(event: Pick<HiveEvent, 'kind'>): readonly Affected[] {
  if (event.kind === 'turn.started') return ['agents', 'messages', 'threads'];
  if (event.kind === 'turn.finished') return ['agents', 'messages', 'threads', 'reminders'];
  return BY_FAMILY[event.kind.split('.', 1)[0] ?? ''] ?? [];
}

/** Events that add or remove an agent. */
const CHANGES_MEMBERS = ['agent.created', 'agent.destroyed'];

/** The agents whose entries in the fleet list an event may have changed; null for possibly all of them. */
export function agentsChangedBy({ kind, agent, data }: Pick<HiveEvent, 'kind' | 'agent' | 'data'>): string[] | null {
  if (!affectedBy({ kind }).includes('agents')) return [];
  if (CHANGES_MEMBERS.includes(kind)) return null;
  const own = agent === null ? [] : [agent];
  if (kind === 'message.sent') return [...own, ...(data as EventData<'message.sent'>).recipients];
  // The operator's own deliveries are not counted in any agent's entry.
  if (kind === 'delivery.read') return own;
  return agent === null ? null : own;
}

/** Whether an agent's transcript shows this event. TRANSCRIPT_KINDS is the same set as a filter for `listEvents`. */
export function isTranscript(event: Pick<HiveEvent, 'kind'>): boolean {
  return TRANSCRIPT_FAMILIES.some((family) => event.kind.startsWith(`${family}.`));
}

const TRANSCRIPT_FAMILIES = ['turn', 'conversation', 'transcript', 'delivery', 'agent', 'box', 'harness', 'cli'];
export const TRANSCRIPT_KINDS = TRANSCRIPT_FAMILIES.map((family) => `${family}.*`).join(',');
