import { DRIVER_NAMES, DRIVERS } from '../drivers/drivers.ts';
import { agentName } from '../names.ts';
import { NO_SKILLS } from './skills.ts';
import { tellAgent } from './tell-agent.ts';

/** The table of sizes in docs/drivers.md, as Markdown: of the drivers whose CLI the hive knows. */
export function documentSizes(): string {
  const columns = DRIVER_NAMES.flatMap((driver) => {
    const spec = { driver, role: 'coder', prompt: '', model: '', tools: [] };
    const { cli, instructions, tools } = tellAgent({ name: agentName.parse('coder'), parent: null, spec }, NO_SKILLS);
    if (cli === null) return [];
    const words = instructions.reduce((sum, { bytes }) => sum + bytes, 0);
    const added = cli.perTool * tools.list.length;
    const all = words + tools.bytes + added + cli.texts + cli.tools + cli.rest;
    return [{ driver, cli, words, tools: tools.bytes, added, all }];
  });
  const row = (title: string, cells: readonly string[]) => `| ${[title, ...cells].join(' | ')} |`;
  const bytes = (title: string, of: (column: (typeof columns)[number]) => number) =>
    row(
      title,
      columns.map((column) => of(column).toLocaleString('en')),
    );
  return [
    row(
      'bytes',
      columns.map(({ driver, cli }) => `\`${driver}\` (${DRIVERS[driver].cli} ${cli.version})`),
    ),
    `|---|${'---:|'.repeat(columns.length)}`,
    bytes('instructions', ({ words }) => words),
    bytes("the hive's tools", ({ tools }) => tools),
    bytes('what the CLI adds to them', ({ added }) => added),
    bytes("the CLI's own texts", ({ cli }) => cli.texts),
    bytes("the CLI's own tools", ({ cli }) => cli.tools),
    bytes('fields that are no texts', ({ cli }) => cli.rest),
    bytes('**together**', ({ all }) => all),
  ].join('\n');
}
