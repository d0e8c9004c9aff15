import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { WEBHOOK_EVENTS, webhookEvent, type WebhookView } from '../../../protocol/schemas/webhook.ts';
import type { CliContext } from '../context.ts';
import { saySince, sayUntil } from '../output/say-figures.ts';
import { collect, define, examples, readNumber } from './command.ts';
import { readUrl } from './forge-import.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge webhook`. */
export function addForgeWebhooks(forge: Command, context: CliContext): void {
  const webhook = forge
    .command('webhook')
    .description('addresses that are called when something happens in a repository');
  const add = webhook
    .command('add')
    .description('call an address; the secret of its signatures is shown once')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('URL', 'https://HOST/PATH, without credentials')
    .option('--event <event>', `${WEBHOOK_EVENTS.join(', ')}; may be given several times; default: all`, collect);
  examples(add, [
    ['hivectl egress allow hive ci.example.com', 'first: the hive reaches no host that is not allowed'],
    ['hivectl forge webhook add web/app https://ci.example.com/hook --event push', ''],
  ]);
  define(add, context, async (terminal, options, [path, url]) => {
    const given = Array.isArray(options['event']) ? options['event'].map(String) : [];
    const events = given.map((word) => {
      const event = webhookEvent.safeParse(word);
      if (event.success) return event.data;
      throw new HiveError('invalid_input', `--event is one of ${WEBHOOK_EVENTS.join(', ')}, not "${word}".`);
    });
    const wanted = { ...readRepoPath(path), url: readUrl(url), ...(events.length === 0 ? {} : { events }) };
    const answer = await context.forge.call('addWebhook', wanted);
    terminal.print(answer);
    terminal.say(answer.secret);
    terminal.say('This is the only time that the secret is shown; the receiver checks signatures with it.');
    terminal.say(`Try it: hivectl forge webhook test ${answer.webhook.id}`);
  });

  const ls = webhook
    .command('ls')
    .description('every webhook')
    .argument('[OWNER/NAME]', 'only those of this repository');
  examples(ls, [['hivectl forge webhook ls', '']]);
  defineList(ls, context, {
    read: (_options, [path]) => (path === undefined ? {} : readRepoPath(path)),
    ask: (of) => context.forge.call('listWebhooks', of),
    items: ({ webhooks }) => webhooks,
    columns: [
      { title: 'ID', align: 'right', value: ({ id }) => String(id) },
      { title: 'REPOSITORY', value: ({ owner, name }) => `${owner}/${name}` },
      { title: 'URL', shrinkTo: 16, value: ({ url }) => url },
      {
        title: 'EVENTS',
        shrinkTo: 12,
        value: ({ events }) => (events.length === WEBHOOK_EVENTS.length ? 'all' : events.join(' ')),
      },
      { title: 'WAITING', align: 'right', value: ({ waiting }) => String(waiting) },
      { title: 'STATE', shrinkTo: 16, value: sayState },
    ],
    empty: () => 'There is no webhook. Add one: hivectl forge webhook add OWNER/NAME URL',
  });

  const log = webhook
    .command('log')
    .description('the last deliveries of a webhook, the newest first')
    .argument('ID', 'its number in "webhook ls"');
  examples(log, [['hivectl forge webhook log 2', '']]);
  defineList(log, context, {
    read: (_options, [id]) => ({ id: readNumber(id, 'ID') }),
    ask: (of) => context.forge.call('listDeliveries', of),
    items: ({ deliveries }) => deliveries,
    columns: [
      { title: 'WHEN', value: ({ createdAt }, now) => saySince(createdAt, now) },
      { title: 'EVENT', value: ({ event }) => event },
      { title: 'STATE', value: ({ state, dueAt }, now) => (dueAt === null ? state : `tried ${sayUntil(dueAt, now)}`) },
      { title: 'TRIES', align: 'right', value: ({ attempts }) => String(attempts) },
      { title: 'STATUS', value: ({ status }) => (status === null ? '' : String(status)) },
      { title: 'ANSWER', shrinkTo: 16, value: ({ error, response }) => error ?? response ?? '' },
    ],
    empty: () => 'It has not been called yet.',
  });

  const test = webhook
    .command('test')
    .description('call it now with the event "ping"; one that was disabled is enabled when that succeeds')
    .argument('ID', 'its number in "webhook ls"');
  examples(test, [['hivectl forge webhook test 2', '']]);
  define(test, context, async (terminal, _options, [id]) => {
    const answer = await context.forge.call('testWebhook', { id: readNumber(id, 'ID') });
    terminal.print(answer);
    const { error, status } = answer.delivery;
    if (error !== null) throw new HiveError('outside_failed', error);
    terminal.say(`It answered ${status}.`);
  });

  const rm = webhook
    .command('rm')
    .description('remove a webhook, with its deliveries')
    .argument('ID', 'its number in "webhook ls"');
  examples(rm, [['hivectl forge webhook rm 2', '']]);
  define(rm, context, async (terminal, _options, [id]) => {
    const answer = await context.forge.call('removeWebhook', { id: readNumber(id, 'ID') });
    terminal.print(answer);
    terminal.say(`${answer.webhook.url} is called no longer.`);
  });
}

function sayState({ disabledAt, failingSince, error }: WebhookView): string {
  if (disabledAt !== null) return `disabled: ${error ?? 'it failed for a week'}`;
  return failingSince === null ? 'ok' : (error ?? 'failing');
}
