import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { sayLimit } from '../../../protocol/gateway-words.ts';
import type { OpOutput } from '../../../protocol/op.ts';
import type { gatewayOperations } from '../../../protocol/operations/gateway.ts';
import type { GatewayMoment } from '../../../protocol/schemas/gateway.ts';
import { listNames } from '../choose-agents.ts';
import type { CliContext } from '../context.ts';
import { sayAgo, sayCost, sayCount, saySpan, sayTime, sayUntil } from '../output/say-figures.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples } from './command.ts';

type Described = OpOutput<typeof gatewayOperations.describeGateway>;

export function addGatewayCommand(program: Command, context: CliContext): void {
  const gateway = program
    .command('gateway')
    .description('what the gateway does now: open calls, limits that hold, connections to hosts, the spend rate');
  examples(gateway, [['hivectl gateway', '']]);
  define(gateway, context, async (terminal) => {
    const described = await context.hive.call('describeGateway', {});
    terminal.print(described);
    sayGateway(terminal, described, context.now());
  });
}

function sayGateway(terminal: Terminal, { service, now: moment, lately }: Described, now: number): void {
  const restarts =
    service.restarts === 0 ? '' : `, ${service.restarts} ${service.restarts === 1 ? 'restart' : 'restarts'}`;
  const running = moment === null ? '' : `, up ${sayAgo(moment.startedAt, now)}, ${prettyBytes(moment.rssBytes)}`;
  const pid = service.pid === null ? '' : `, pid ${service.pid}`;
  const state = `${service.state.replaceAll('_', ' ')}${pid}${running}${restarts}`;
  terminal.say(`gateway    ${service.state === 'running' ? state : terminal.style('red', state)}`);
  if (service.reason !== null) terminal.say(`           ${service.reason}`);
  terminal.say(
    `spending   ${sayCost(lately.usage)} in ${lately.calls} ${lately.calls === 1 ? 'call' : 'calls'} since ${sayTime(lately.since, now)}: $${lately.usdPerHour.toFixed(2)} an hour`,
  );
  if (moment === null) {
    terminal.say();
    return terminal.say(
      'The gateway does not say what it does. Look at its state and log: hivectl status, hivectl doctor',
    );
  }
  terminal.say(`agents     ${moment.agents}, connected: ${sayConnected(moment)}`);
  sayPart(terminal, { title: 'Open calls', columns: CALLS, items: moment.calls, all: moment.openCalls, now });
  sayPart(terminal, { title: 'Limits', columns: HELD, items: moment.held, all: moment.limits, now });
  sayPart(terminal, { title: 'Connections to hosts', columns: CONNECTIONS, items: moment.connections, all: moment.openConnections, now }); // prettier-ignore
}

function sayConnected({ connected }: GatewayMoment): string {
  return connected.length === 0 ? 'none' : listNames(connected.map(({ agent }) => agent));
}

function sayPart<Item>(
  terminal: Terminal,
  part: { title: string; columns: readonly ItemColumn<Item>[]; items: readonly Item[]; all: number; now: number },
): void {
  const { title, columns, items, all, now } = part;
  terminal.say();
  if (items.length === 0) return terminal.say(`${title}: none.`);
  terminal.say(`${title}:`);
  sayTable(terminal, columns, { items, now });
  if (all > items.length) terminal.say(`and ${all - items.length} more.`);
}

const CALLS: readonly ItemColumn<GatewayMoment['calls'][number]>[] = [
  { title: 'AGENT', value: ({ agent }) => agent },
  { title: 'PROVIDER', value: ({ provider }) => provider ?? '(not asked yet)' },
  {
    title: 'MODEL',
    shrinkTo: 12,
    value: ({ model, insteadOf }) => `${model ?? ''}${insteadOf === null ? '' : ` instead of ${insteadOf}`}`,
  },
  { title: 'AGE', align: 'right', value: ({ startedAt }, now) => saySpan(Math.max(0, now - startedAt)) },
  {
    title: 'IN',
    align: 'right',
    value: ({ usage }) => sayCount(usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens),
  },
  { title: 'OUT', align: 'right', value: ({ usage }) => sayCount(usage.outputTokens) },
  {
    title: 'SO FAR',
    align: 'right',
    value: ({ usage: { costUsd } }) => (costUsd === null ? '' : sayCost({ costUsd, unpricedCalls: 0 })),
  },
];

const HELD: readonly ItemColumn<GatewayMoment['held'][number]>[] = [
  { title: 'PROVIDER', value: ({ provider }) => provider },
  { title: 'KEY', value: ({ key }) => key },
  { title: 'MODELS', shrinkTo: 12, value: ({ models }) => models ?? 'all' },
  { title: 'LIMIT', value: ({ kind }) => sayLimit(kind) },
  { title: 'ENDS', value: ({ until }, now) => `${sayUntil(until, now)} (${sayTime(until, now)})` },
];

const CONNECTIONS: readonly ItemColumn<GatewayMoment['connections'][number]>[] = [
  { title: 'AGENT', value: ({ agent }) => agent },
  { title: 'HOST', shrinkTo: 20, value: ({ host, port }) => `${host}:${port}` },
  { title: 'AGE', align: 'right', value: ({ startedAt }, now) => saySpan(Math.max(0, now - startedAt)) },
  { title: 'UP', align: 'right', value: ({ bytesUp }) => prettyBytes(bytesUp) },
  { title: 'DOWN', align: 'right', value: ({ bytesDown }) => prettyBytes(bytesDown) },
];
