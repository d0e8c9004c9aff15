import type { EventData, HiveEvent } from '../../../../protocol/schemas/event.ts';

/** What the page may show that an event can have changed. Names are the first parts of query keys. */
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
  | 'providers'
  | 'archives';

/** Families of events and what they touch; a kind's family is what stands before its first dot. */
const BY_FAMILY: Readonly<Record<string, readonly Affected[]>> = {
  hive: ['status', 'agents'],
  engine: ['status', 'agents'],
  disk: ['status', 'agents'],
  service: ['status', 'repos'],
  provider: ['status', 'agents', 'providers'],
  agent: ['agents', 'status', 'archives'],
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
  usage: ['agents'],
  forge: ['repos'],
  dashboard: [],
};

/** What to ask for again after an event. Turns touch mail only where they begin and end. */
export function affectedBy(event: Pick<HiveEvent, 'kind'>): readonly Affected[] {
  if (event.kind === 'turn.started') return ['agents', 'messages', 'threads'];
  if (event.kind === 'turn.finished') return ['agents', 'messages', 'threads', 'reminders'];
  return BY_FAMILY[event.kind.split('.', 1)[0] ?? ''] ?? [];
}

/** Events after which the fleet has other members, or whose sender stands for all of them. */
const CHANGES_MEMBERS = ['agent.created', 'agent.destroyed'];

/** The agents whose entries in the fleet's list an event may have changed; null when that may be any. */
export function agentsChangedBy({ kind, agent, data }: Pick<HiveEvent, 'kind' | 'agent' | 'data'>): string[] | null {
  if (!affectedBy({ kind }).includes('agents')) return [];
  if (CHANGES_MEMBERS.includes(kind)) return null;
  const own = agent === null ? [] : [agent];
  if (kind === 'message.sent') return [...own, ...(data as EventData<'message.sent'>).recipients];
  // The operator's own mail is in no agent's counts.
  if (kind === 'delivery.read') return own;
  return agent === null ? null : own;
}

/** Whether an agent's transcript shows this event. The kinds asked of hived are the same: see TRANSCRIPT_KINDS. */
export function isTranscript(event: Pick<HiveEvent, 'kind'>): boolean {
  return TRANSCRIPT_FAMILIES.some((family) => event.kind.startsWith(`${family}.`));
}

const TRANSCRIPT_FAMILIES = ['turn', 'conversation', 'transcript', 'delivery', 'agent', 'box', 'harness', 'cli'];
export const TRANSCRIPT_KINDS = TRANSCRIPT_FAMILIES.map((family) => `${family}.*`).join(',');
