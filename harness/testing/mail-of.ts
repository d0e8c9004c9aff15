import type { AgentName } from '../../protocol/names.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';

/** A message of the operator with this id. */
export function mailOf(id: number, body = `text ${id}`): Delivered {
  const marks = { broadcast: false, copy: false, redelivered: false };
  const words = { kind: 'note', priority: 'critical', body, data: {} } as const;
  const to = 'scout' as AgentName;
  return { delivery: id + 100, id, thread: id, inReplyTo: null, from: 'operator', to, at: 0, ...marks, ...words };
}
