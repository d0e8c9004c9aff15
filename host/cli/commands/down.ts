import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import type { CliContext } from '../context.ts';
import type { Terminal } from '../output/terminal.ts';
import { sayAgo } from '../output/say-figures.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import { askStatus, type HiveStatus, waitUntilGone } from '../setup/hived-process.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { DEFAULT_PROVIDER, DEMO } from '../../../protocol/providers.ts';
import { define, examples } from './command.ts';

export function addDownCommand(program: Command, context: CliContext): void {
  const down = program
    .command('down')
    .description('stop the hive; files, mail and sessions stay, and its agents come back with the next start')
    .option('--keep-boxes', 'leave the boxes running; the next hived adopts them');
  examples(down, [
    ['hivectl down', 'stop everything'],
    ['hivectl down --keep-boxes', 'stop only hived and its services'],
  ]);
  define(down, context, async (terminal, options) => {
    const status = await askStatus(context.hive);
    if (status === null) {
      terminal.say('No hive runs here.');
      terminal.print({ stopped: false });
      return;
    }
    const boxes = options['keepBoxes'] !== true;
    terminal.say(boxes ? 'Stopping the hive and its boxes …' : 'Stopping hived and its services; boxes keep running …');
    const { pid } = await context.hive.call('shutdown', { boxes }, { timeoutMs: 60_000 });
    await waitUntilGone(pid, context.signal);
    terminal.say('The hive is down.');
    terminal.print({ stopped: true, pid });
  });
}

export function addStatusCommand(program: Command, context: CliContext): void {
  const status = program.command('status').description('the hive, its engine and its services');
  examples(status, [['hivectl status --json', 'for scripts']]);
  define(status, context, async (terminal) => {
    const hive = await askStatus(context.hive);
    if (hive === null)
      throw new HiveError('hive_unreachable', undefined, { details: { socket: context.settings.adminSocket } });
    terminal.print(hive);
    const now = context.now();
    terminal.say(
      `hive       ${hive.ready ? 'ready' : 'starting'}, pid ${hive.pid}, up ${sayAgo(hive.startedAt, now)}, version ${hive.version}`,
    );
    terminal.say(
      `engine     ${hive.engine.ok ? `answers (${hive.engine.version ?? '?'})` : terminal.style('red', `away: ${hive.engine.reason ?? '?'}`)}`,
    );
    terminal.say(`model      ${sayModel(hive, terminal)}`);
    for (const other of sayOthers(hive, terminal)) terminal.say(`           ${other}`);
    terminal.say(`agents     ${hive.agents}`);
    terminal.say(
      `disk       ${prettyBytes(hive.disk.freeBytes)} of ${prettyBytes(hive.disk.totalBytes)} free${hive.disk.level === 'ok' ? '' : `, ${terminal.style('red', hive.disk.level)}`}`,
    );
    terminal.say(`dashboard  ${hive.dashboardUrl}`);
    if (hive.disk.advice !== null) terminal.paragraph(hive.disk.advice, 0);
    terminal.say();
    sayTable(terminal, SERVICE_COLUMNS, { items: hive.services, now });
  });
}

const SERVICE_COLUMNS: readonly ItemColumn<HiveStatus['services'][number]>[] = [
  { title: 'SERVICE', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state.replaceAll('_', ' ') },
  { title: 'PID', align: 'right', value: ({ pid }) => String(pid ?? '–') },
  { title: 'RESTARTS', align: 'right', value: ({ restarts }) => String(restarts) },
  { title: 'REASON', shrinkTo: 12, value: ({ reason }) => reason ?? '' },
];

/** The model of agents whose spec names no provider. */
function sayModel({ provider, defaultProvider = DEFAULT_PROVIDER }: HiveStatus, terminal: Terminal): string {
  const { name, refused } = provider;
  if (refused !== null) return terminal.style('red', sayRefused(name, refused));
  if (name === 'none')
    return terminal.style(
      'red',
      `none: no key is set, agents wait: hivectl provider set ${defaultProvider} (or: provider demo)`,
    );
  return name === DEMO ? 'demo (scripted; no key set)' : name;
}

function sayRefused(provider: string, refused: NonNullable<HiveStatus['provider']['refused']>): string {
  return `${provider} refuses the key (${refused.status}): hivectl provider set ${provider}`;
}

/** The other providers that agents use, one a line. */
function sayOthers({ defaultProvider, providers = {} }: HiveStatus, terminal: Terminal): string[] {
  return Object.entries(providers)
    .filter(([provider]) => provider !== defaultProvider)
    .map(([provider, { name, refused }]) => {
      if (refused !== null) return terminal.style('red', sayRefused(provider, refused));
      if (name === 'none') return terminal.style('red', `${provider}: no key is set: hivectl provider set ${provider}`);
      return name === DEMO ? `${provider}: demo (scripted; no key set)` : name;
    });
}
