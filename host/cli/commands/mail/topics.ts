import type { Command } from 'commander';
import { MANAGER } from '../../../../protocol/names.ts';
import type { TopicView } from '../../../../protocol/schemas/message.ts';
import type { CliContext } from '../../context.ts';
import { define, examples, readName } from '../command.ts';
import { defineList } from '../list.ts';
import { readTopic } from './read-mail.ts';

export function addTopicCommands(program: Command, context: CliContext): void {
  const topics = program
    .command('topics')
    .description('topics and who subscribed: what is sent to "#name" reaches them all')
    .enablePositionalOptions();
  examples(topics, [
    ['hivectl topics', 'every topic'],
    ['hivectl topics add docs scout writer', 'both subscribe to #docs'],
    ['hivectl send "#docs" "the outline is in /shared"', 'quotes: # begins a comment in most shells'],
    ['hivectl topics close docs', 'takes no messages any more'],
  ]);
  defineList(topics, context, {
    read: () => ({}),
    ask: () => context.hive.call('listTopics', {}),
    items: (answer) => answer.topics,
    columns: [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'STATE', value: stateOf },
      { title: 'SUBSCRIBERS', shrinkTo: 12, value: ({ subscribers }) => subscribers.join(', ') || '–' },
    ],
    empty: () => `There are no topics. Make one by subscribing an agent: hivectl topics add docs ${MANAGER}`,
  });

  for (const [verb, open, description] of [
    ['open', true, 'let a closed topic take messages again'],
    ['close', false, 'a closed topic takes no messages; its subscribers stay'],
  ] as const) {
    const command = topics.command(verb).description(description).argument('TOPIC', 'with or without its "#"');
    examples(command, [[`hivectl topics ${verb} docs`, '']]);
    define(command, context, async (terminal, _options, [topic]) => {
      const answer = await context.hive.call('setTopic', { topic: readTopic(topic), open });
      terminal.print(answer);
      terminal.say(sayTopic(answer.topic));
    });
  }

  for (const [verb, description] of [
    ['add', 'subscribe agents to a topic; the first one makes it'],
    ['remove', 'end subscriptions'],
  ] as const) {
    const command = topics
      .command(verb)
      .description(description)
      .argument('TOPIC', 'with or without its "#"')
      .argument('AGENT...', 'one or several');
    examples(command, [[`hivectl topics ${verb} docs scout`, '']]);
    define(command, context, async (terminal, _options, [topic, ...names]) => {
      const answer = await context.hive.call('setTopic', { topic: readTopic(topic), [verb]: names.map(readName) });
      terminal.print(answer);
      terminal.say(sayTopic(answer.topic));
    });
  }
}

function stateOf(topic: TopicView): string {
  return topic.open ? 'open' : 'closed';
}

function sayTopic(topic: TopicView): string {
  return `${topic.topic} is ${stateOf(topic)}. Subscribed: ${topic.subscribers.join(', ') || 'nobody'}.`;
}
