import type { Command } from 'commander';
import { CAPABILITIES, type CapabilityName } from '../../../protocol/drivers/driver-facts.ts';
import { DEFAULT_DRIVER, DRIVER_NAMES, DRIVERS, type DriverName } from '../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { CliContext } from '../context.ts';
import { sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { listPlaced, versionInUse } from '../toolchain/placed-clis.ts';
import { define, examples } from './command.ts';

export function addDriversCommand(program: Command, context: CliContext): void {
  const drivers = program
    .command('drivers')
    .description(
      'what can run the turns of an agent, what each driver can do, and its CLI; works without a running hive',
    )
    .argument('[DRIVER]', `one of them in full sentences: ${DRIVER_NAMES.join(', ')}`);
  examples(drivers, [
    ['hivectl drivers', 'all of them beside each other'],
    [`hivectl drivers ${DEFAULT_DRIVER}`, 'one in full'],
  ]);
  define(drivers, context, async (terminal, _options, [name]) => {
    const { toolchain } = context.settings;
    const listed = (name === undefined ? DRIVER_NAMES : [readDriver(name)]).map((each) => viewDriver(each, toolchain));
    terminal.print({ drivers: listed });
    const [only] = listed;
    if (name !== undefined && only !== undefined) return tellDriver(terminal, only);
    const now = context.now();
    const columns = [
      { title: 'DRIVER', value: (each: DriverView) => each.name },
      { title: 'CLI', value: ({ cli }: DriverView) => sayCli(cli) },
      { title: 'DRIVES', shrinkTo: 12, value: (each: DriverView) => each.title },
    ];
    sayTable(terminal, columns, { items: listed, now });
    terminal.say();
    sayTable(
      terminal,
      [
        { title: 'CAPABILITY', shrinkTo: 12, value: (rule: CapabilityName) => plain(CAPABILITIES[rule].about) },
        ...listed.map(({ name: title, capabilities }) => ({
          title,
          shrinkTo: 9,
          value: (rule: CapabilityName) => capabilities[rule].value.replaceAll('_', ' '),
        })),
      ],
      { items: RULES, now },
    );
    terminal.say();
    terminal.say('What the words mean: hivectl drivers DRIVER');
  });
}

const RULES = Object.keys(CAPABILITIES) as CapabilityName[];

/** A driver with the state of its CLI in the toolchain. */
interface DriverView {
  readonly name: DriverName;
  readonly title: string;
  /** Whether its agents need `command` in their spec. */
  readonly command: 'required' | 'none';
  /** Null: it needs no CLI. */
  readonly cli: CliView | null;
  /** Each capability's value, with its text. */
  readonly capabilities: Record<CapabilityName, { readonly value: string; readonly text: string }>;
}

interface CliView {
  readonly name: string;
  /** What new boxes get; null: they get none, and `fix` changes that. */
  readonly version: string | null;
  /** All versions in the toolchain. */
  readonly placed: readonly string[];
  /** The command that makes the CLI available; null: it is. */
  readonly fix: string | null;
}

function viewDriver(name: DriverName, toolchain: string): DriverView {
  const { title, command, cli, capabilities } = DRIVERS[name];
  const described = RULES.map((rule) => {
    const value: string = capabilities[rule];
    const texts: Readonly<Record<string, string>> = CAPABILITIES[rule].values;
    return [rule, { value, text: texts[value] ?? '' }] as const;
  });
  return {
    name,
    title,
    command,
    cli: cli === null ? null : viewCli(cli, toolchain),
    capabilities: Object.fromEntries(described) as DriverView['capabilities'],
  };
}

function viewCli(name: string, toolchain: string): CliView {
  const placed = listPlaced(toolchain)
    .filter(({ cli }) => cli === name)
    .map(({ version }) => version);
  const inUse = versionInUse(toolchain, name);
  const version = inUse !== null && placed.includes(inUse) ? inUse : null;
  const [other] = placed;
  const fix = other === undefined ? `hivectl toolchain add ${name}` : `hivectl toolchain use ${name}@${other}`;
  return { name, version, placed, fix: version === null ? fix : null };
}

function sayCli(cli: CliView | null): string {
  if (cli === null) return 'none needed';
  if (cli.fix === null) return `${cli.name} ${cli.version ?? ''}`;
  return `${cli.placed.length === 0 ? 'missing' : 'not in use'}: ${cli.fix}`;
}

function tellDriver(terminal: Terminal, { name, title, command, cli, capabilities }: DriverView): void {
  const rows: readonly (readonly [what: string, text: string])[] = [
    ['driver', name],
    ['drives', title],
    ['CLI in the toolchain', sayCli(cli)],
    ['command in the spec', command === 'required' ? 'the program to run' : 'none'],
    ...RULES.map((rule) => [plain(CAPABILITIES[rule].about), plain(capabilities[rule].text)] as const),
  ];
  for (const [what, text] of rows) {
    terminal.say(terminal.style('bold', what));
    terminal.paragraph(text, 2);
  }
}

/** A text of the documentation, without its Markdown. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

function readDriver(text: string): DriverName {
  const driver = DRIVER_NAMES.find((name) => name === text);
  if (driver !== undefined) return driver;
  throw new HiveError('invalid_input', `There is no driver "${text}". There are: ${DRIVER_NAMES.join(', ')}.`);
}
