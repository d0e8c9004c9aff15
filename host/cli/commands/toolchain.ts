import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { BOX_PATHS } from '../../../protocol/box-paths.ts';
import { cliDir, cliProgram, type CliVersion, sayCli } from '../../../protocol/cli-places.ts';
import { DRIVERS } from '../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { CliContext } from '../context.ts';
import type { Terminal } from '../output/terminal.ts';
import { CLIS } from '../setup/clis/clis.ts';
import { changeToolchain } from '../toolchain/change-toolchain.ts';
import { type CliUser, decideRemoval } from '../toolchain/decide-removal.ts';
import { defaultVersion, findPinned, findPlaced } from '../toolchain/find-pinned.ts';
import { placeCli } from '../toolchain/place-cli.ts';
import {
  listPlaced,
  measureVersion,
  removeOldProgram,
  removeVersion,
  useVersion,
  versionInUse,
} from '../toolchain/placed-clis.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';

export function addToolchainCommands(program: Command, context: CliContext): void {
  const toolchain = program
    .command('toolchain')
    .description(
      'the LLM CLIs that boxes have in /opt/hive, several versions side by side; works without a running hive',
    );
  addList(toolchain, context);
  addAdd(toolchain, context);
  addUse(toolchain, context);
  addRemove(toolchain, context);
}

/** A version in the toolchain, or one that can be added. */
interface ToolchainRow {
  readonly cli: string;
  readonly version: string;
  readonly title: string | null;
  readonly placed: boolean;
  /** New boxes get it. */
  readonly inUse: boolean;
  /** The agents whose boxes were made with it; null when no hive runs. */
  readonly agents: readonly string[] | null;
  readonly bytes: number | null;
  /** Its program, in boxes. */
  readonly program: string;
}

const example = (index: number): string => {
  const [cli, part] = Object.entries(CLIS)[index] ?? [];
  return cli === undefined || part === undefined ? '' : sayCli(defaultVersion(cli, part));
};

function addList(toolchain: Command, context: CliContext): void {
  const ls = toolchain.command('ls').description('versions in the toolchain, and those that can be added');
  examples(ls, [['hivectl toolchain ls --json', '']]);
  defineList(ls, context, {
    read: () => ({}),
    ask: async () => ({ versions: await listVersions(context) }),
    items: ({ versions }) => versions,
    columns: [
      { title: 'CLI', value: ({ cli }) => cli },
      { title: 'VERSION', value: ({ version }) => version },
      { title: 'STATE', value: ({ placed, inUse }) => (inUse ? 'in use' : placed ? 'kept' : 'can be added') },
      { title: 'SIZE', align: 'right', value: ({ bytes }) => (bytes === null ? '' : prettyBytes(bytes)) },
      { title: 'BOXES', shrinkTo: 12, value: ({ agents }) => agents?.join(' ') ?? '' },
      { title: 'PROGRAM', shrinkTo: 16, value: ({ placed, program }) => (placed ? program : '') },
    ],
  });
}

function addAdd(toolchain: Command, context: CliContext): void {
  const add = toolchain
    .command('add')
    .description('download a version from the npm registry, checked against a checksum that Hyperhive knows')
    .argument('<CLI@VERSION...>', 'without a version, or with its beginning: the newest known one');
  examples(add, [
    [`hivectl toolchain add ${example(1)}`, ''],
    [`hivectl toolchain add ${example(2).replace(/\.\d+$/, '')} ${example(3).replace(/@.*/, '')}`, ''],
  ]);
  define(add, context, async (terminal, _options, given) => {
    const wanted = given.map((text) => findPinned(CLIS, text));
    const { toolchain: place } = context.settings;
    for (const each of wanted) {
      const done = await changeToolchain(place, async (changing) => {
        const report = (doing: string) => terminal.say(`${doing} …`);
        const result = await placeCli(changing, each, { downloading: context, report });
        // A first version needs no choice.
        if (versionInUse(place, each.cli) === null) await useVersion(changing, CLIS, each);
        return result;
      });
      terminal.print({ ...rowOf(place, each), added: done === 'placed' });
      terminal.say(
        `${done === 'placed' ? '✔' : 'It was there:'} ${sayCli(each)}, in boxes ${programInBox(each)}${
          versionInUse(place, each.cli) === each.version ? '' : `; not in use: hivectl toolchain use ${sayCli(each)}`
        }`,
      );
    }
  });
}

function addUse(toolchain: Command, context: CliContext): void {
  const use = toolchain
    .command('use')
    .description('make new boxes with this version; boxes keep theirs until they are rebuilt')
    .argument('<CLI@VERSION>', 'one that is in the toolchain');
  examples(use, [[`hivectl toolchain use ${example(0)}`, 'then: hivectl rebuild --all --when-idle']]);
  define(use, context, async (terminal, _options, [given = '']) => {
    const { toolchain: place } = context.settings;
    const wanted = findPlaced(CLIS, given, listPlaced(place));
    const before = versionInUse(place, wanted.cli);
    await changeToolchain(place, (changing) => useVersion(changing, CLIS, wanted));
    terminal.print({ ...rowOf(place, wanted), before });
    if (before === wanted.version) return terminal.say(`${sayCli(wanted)} is in use already.`);
    terminal.say(`New boxes get ${sayCli(wanted)}${before === null ? '' : ` instead of ${before}`}.`);
    await tellOutdated(context, terminal, wanted);
  });
}

function addRemove(toolchain: Command, context: CliContext): void {
  const remove = toolchain
    .command('rm')
    .description('delete a version; refused while a box has it, or a next box would get it')
    .argument('<CLI@VERSION...>', 'versions in the toolchain');
  examples(remove, [[`hivectl toolchain rm ${example(1)}`, '']]);
  define(remove, context, async (terminal, _options, given) => {
    const { toolchain: place } = context.settings;
    const wanted = given.map((text) => findPlaced(CLIS, text, listPlaced(place)));
    const users = await listUsers(context, 'required');
    for (const each of wanted) {
      const facts = { placed: listPlaced(place), inUse: versionInUse(place, each.cli), users: users ?? [] };
      const removal = decideRemoval(each, facts);
      if (!removal.may) throw new HiveError('wrong_state', removal.why);
      await changeToolchain(place, async (changing) => {
        await removeVersion(changing, each, removal);
        const hasOldBox = facts.users.some(({ needs, has }) => needs === each.cli && has === null);
        if (!hasOldBox) await removeOldProgram(changing, each.cli);
      });
      terminal.print({ ...each, removed: true });
      terminal.say(`${sayCli(each)} is deleted.`);
    }
  });
}

async function listVersions(context: CliContext): Promise<ToolchainRow[]> {
  const { toolchain } = context.settings;
  const users = await listUsers(context, 'if_running');
  const placed = listPlaced(toolchain);
  const isPlaced = (one: CliVersion) => placed.some((other) => sayCli(other) === sayCli(one));
  const known = Object.entries(CLIS).flatMap(([cli, part]) => part.pinned.map(({ version }) => ({ cli, version })));
  const all = [...placed, ...known.filter((one) => !isPlaced(one))].toSorted((a, b) =>
    a.cli < b.cli ? -1 : Number(a.cli > b.cli),
  );
  return Promise.all(
    all.map(async (one) => ({
      ...rowOf(toolchain, one),
      agents: users?.filter(({ has }) => has === sayCli(one)).map(({ name }) => name) ?? null,
      bytes: isPlaced(one) ? await measureVersion(toolchain, one) : null,
    })),
  );
}

function rowOf(toolchain: string, { cli, version }: CliVersion): Omit<ToolchainRow, 'agents' | 'bytes'> {
  return {
    cli,
    version,
    title: CLIS[cli]?.title ?? null,
    placed: existsSync(join(toolchain, cliDir({ cli, version }))),
    inUse: versionInUse(toolchain, cli) === version,
    program: programInBox({ cli, version }),
  };
}

function programInBox(one: CliVersion): string {
  return cliProgram(`${BOX_PATHS.toolchain}/${cliDir(one)}`, one.cli);
}

/**
 * The agents, and what they use of the toolchain. Without a running hive null, or, if `required` and the hive has been
 * run before, an error (`hive_unreachable`): its boxes may run without it.
 */
async function listUsers(context: CliContext, need: 'required' | 'if_running'): Promise<CliUser[] | null> {
  try {
    const { agents } = await context.hive.call('listAgents', {});
    return agents.map(({ name, spec, cli }) => ({ name, needs: DRIVERS[spec.driver].cli, has: cli ?? null }));
  } catch (error) {
    if (!(error instanceof HiveError) || error.code !== 'hive_unreachable') throw error;
    if (need === 'if_running' || !existsSync(join(context.settings.root, 'hive.db'))) return null;
    throw new HiveError(
      'hive_unreachable',
      'The hive is down, so it is unknown which versions its boxes have. Start it with "npm start", then repeat this.',
      { cause: error },
    );
  }
}

async function tellOutdated(context: CliContext, terminal: Terminal, used: CliVersion): Promise<void> {
  const users = await listUsers(context, 'if_running');
  const others = (users ?? []).filter(({ needs, has }) => needs === used.cli && has !== null && has !== sayCli(used));
  if (others.length > 0)
    terminal.say(
      `${others.length} ${others.length === 1 ? 'box keeps its' : 'boxes keep their'} version until a rebuild: hivectl rebuild --all --when-idle`,
    );
}
