import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { projectName } from '../../../protocol/names.ts';
import type { ProjectView } from '../../../protocol/schemas/project.ts';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/clean-text.ts';
import { saySince } from '../output/say-figures.ts';
import { sayTable } from '../output/say-table.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';

/** `hivectl forge project`: owners of repositories that several agents work on. */
export function addProjectCommands(forge: Command, context: CliContext): void {
  const project = forge
    .command('project')
    .description('owners of repositories with members; "hivectl edit AGENT --project NAME=LEVEL" makes an agent one');
  addList(project, context);
  addShow(project, context);
  addCreate(project, context);
  addRemove(project, context);
}

function addList(project: Command, context: CliContext): void {
  const ls = project.command('ls').description('every project with its members and their levels');
  examples(ls, [['hivectl forge project ls', '']]);
  defineList(ls, context, {
    read: () => ({}),
    ask: () => context.hive.call('listProjects', {}),
    items: ({ projects }) => projects,
    columns: [
      { title: 'PROJECT', value: ({ name }) => name },
      { title: 'MADE', value: ({ createdAt }, now) => saySince(createdAt, now) },
      { title: 'MEMBERS', shrinkTo: 16, value: ({ members }) => sayMembers(members) },
      { title: '', shrinkTo: 12, value: ({ description }) => description },
    ],
    empty: () => 'There is no project. Make one: hivectl forge project create NAME',
  });
}

function addShow(project: Command, context: CliContext): void {
  const show = project
    .command('show')
    .description('one project: its members and its repositories')
    .argument('NAME', 'its name in "forge project ls"');
  examples(show, [['hivectl forge project show web', '']]);
  define(show, context, async (terminal, _options, [typed]) => {
    const { project: found } = await context.hive.call('getProject', { name: readProject(typed) });
    const { repos } = await context.forge.call('listRepos', {});
    const own = repos.filter(({ owner, ownerKind }) => ownerKind === 'project' && owner === found.name);
    terminal.print({ project: found, repos: own });
    terminal.say(`${found.name}${found.description === '' ? '' : `: ${oneLine(found.description)}`}`);
    if (found.members.length === 0)
      terminal.say(`It has no members. Make an agent one: hivectl edit AGENT --project ${found.name}=write`);
    else sayTable(terminal, MEMBER_COLUMNS, { items: found.members, now: context.now() });
    if (own.length === 0)
      return terminal.say(`It has no repositories. Make one: hivectl forge create ${found.name}/NAME`);
    terminal.say(`Repositories: ${own.map(({ owner, name }) => `${owner}/${name}`).join(', ')}`);
  });
}

const MEMBER_COLUMNS = [
  { title: 'MEMBER', value: ({ agent }: ProjectView['members'][number]) => agent },
  { title: 'LEVEL', value: ({ level }: ProjectView['members'][number]) => level },
];

function addCreate(project: Command, context: CliContext): void {
  const create = project
    .command('create')
    .description('make a project; no agent may have its name')
    .argument('NAME', 'lower-case letters, digits and "-"')
    .option('--description <text>', 'what it is for');
  examples(create, [
    ['hivectl forge project create web --description "the shop"', ''],
    ['hivectl edit scout --project web=write', 'then: makes scout a member'],
  ]);
  define(create, context, async (terminal, options, [typed]) => {
    const answer = await context.hive.call('createProject', {
      name: readProject(typed),
      description: String(options['description'] ?? ''),
    });
    terminal.print(answer);
    const { name } = answer.project;
    terminal.say(`Made the project ${name}. Make an agent a member: hivectl edit AGENT --project ${name}=write`);
    await sayInherited(context, name, (line) => terminal.say(line));
  });
}

/** Repositories of an agent or a project that had the name before belong to the new project. */
async function sayInherited(context: CliContext, project: string, say: (line: string) => void): Promise<void> {
  const list = await context.forge.call('listRepos', {}).catch(() => ({ repos: [] }));
  const own = list.repos.filter(({ owner }) => owner === project).map(({ name }) => `${project}/${name}`);
  if (own.length > 0) say(`It has the repositories of an earlier owner of that name: ${own.join(', ')}`);
}

function addRemove(project: Command, context: CliContext): void {
  const rm = project
    .command('rm')
    .description('remove a project; its repositories stay, for you alone and the manager to read')
    .argument('NAME', 'its name in "forge project ls"')
    .option('--members <NAME>', 'take it from its members, too; repeat the name to say that you mean it')
    .option('-y, --yes', 'do not ask');
  examples(rm, [
    ['hivectl forge project rm web', 'asks; refused while agents are in it'],
    ['hivectl forge project rm web --members web', 'takes it out of the specs of its members'],
  ]);
  define(rm, context, async (terminal, options, [typed]) => {
    const name = readProject(typed);
    const members = options['members'] === undefined ? undefined : String(options['members']);
    if (options['yes'] !== true && members === undefined) {
      // No confirmation for a project that does not exist.
      if (context.io.stdin.isTTY === true) await context.hive.call('getProject', { name });
      await confirm(context, `Remove the project ${name}? Its repositories stay.`);
    }
    const answer = await context.hive.call('removeProject', members === undefined ? { name } : { name, members });
    terminal.print(answer);
    const from = answer.left.length === 0 ? '' : ` It was taken from ${answer.left.join(', ')}.`;
    terminal.say(
      `The project ${name} is gone.${from} Its repositories are in "hivectl forge ls" until you remove them.`,
    );
  });
}

function sayMembers(members: ProjectView['members']): string {
  return members.length === 0 ? 'none' : members.map(({ agent, level }) => `${agent}=${level}`).join(' ');
}

/** Throws `invalid_input`. */
function readProject(typed: string | undefined) {
  const read = projectName.safeParse(typed);
  if (read.success) return read.data;
  throw new HiveError(
    'invalid_input',
    `"${typed ?? ''}" cannot be the name of a project: ${read.error.issues[0]?.message ?? 'another name'}.`,
  );
}
