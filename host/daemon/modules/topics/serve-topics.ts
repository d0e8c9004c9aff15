import type { AgentName } from '../../../../protocol/names.ts';
import type { TopicView } from '../../../../protocol/schemas/message.ts';
import type { Writer } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { changeSubscription, changeTopic } from './topics.ts';

/** The changes that agents and the operator make to topics. */
export interface Topics {
  setTopic(ask: Parameters<typeof changeTopic>[2]): Promise<TopicView>;
  subscribe(agent: AgentName, topic: string, on: boolean): Promise<void>;
}

export function createTopics({ writer, mail }: { writer: Writer; mail: MailContext }): Topics {
  return {
    setTopic: (ask) => writer.write((tx) => changeTopic(tx, mail, ask)),
    subscribe: (agent, topic, on) => writer.write((tx) => changeSubscription(tx, mail, { agent, topic, on })),
  };
}
