import { stringify } from 'yaml';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';

export interface DeclaredFile {
  readonly path: string;
  readonly text: string;
}

/** What is declared, as hived has it. */
export interface DeclaredState {
  readonly agents: readonly {
    readonly name: string;
    readonly parent: string | null;
    readonly desired: string;
    readonly spec: AgentSpec;
  }[];
  readonly projects: readonly { readonly name: string; readonly description: string }[];
  /** config.yaml with its defaults. */
  readonly config: object;
}

/**
 * Returns what makes the files of the repository hive/config, each with the values of secrets replaced: by `redact`, and
 * passwords in addresses whatever they are. Specs and the settings must stay the same objects: each is written once.
 */
export function createComposer(redact: (text: string) => string): (state: DeclaredState) => readonly DeclaredFile[] {
  const known = new WeakMap<object, string>();
  const once = (of: object, write: () => string) => {
    const text = known.get(of) ?? withoutPasswords(write());
    known.set(of, text);
    return text;
  };
  const file = (path: string, text: string): DeclaredFile => ({ path, text: redact(text) });
  return ({ agents, projects, config }) => [
    { path: 'README.md', text: README },
    file(
      'config.yaml',
      once(config, () => toYaml(config)),
    ),
    file('projects.yaml', toYaml({ projects: projects.map((project) => withMembers(project, agents)) })),
    ...agents.flatMap(({ spec, ...agent }) => {
      const prompt = spec.prompt.trimEnd();
      return [
        file(`agents/${agent.name}/spec.yaml`, `${headOf(agent)}${once(spec, () => specToYaml(spec))}`),
        ...(prompt === '' ? [] : [file(`agents/${agent.name}/prompt.md`, withoutPasswords(`${prompt}\n`))]),
      ];
    }),
  ];
}

/** What is written as JSON is YAML, too. */
function headOf({ name, parent, desired }: Omit<DeclaredState['agents'][number], 'spec'>): string {
  return `name: ${JSON.stringify(name)}\nparent: ${JSON.stringify(parent)}\ndesired: ${JSON.stringify(desired)}\n`;
}

function specToYaml({ prompt: _prompt, ...rest }: AgentSpec): string {
  return toYaml(rest);
}

function withMembers({ name, description }: DeclaredState['projects'][number], agents: DeclaredState['agents']) {
  const members = agents.flatMap((agent) => {
    const level = (agent.spec.projects as Readonly<Record<string, string>> | undefined)?.[name];
    return level === undefined ? [] : [[agent.name, level] as const];
  });
  return { name, description, members: Object.fromEntries(members) };
}

function withoutPasswords(text: string): string {
  return text.includes('@') ? text.replaceAll(PASSWORD_IN_ADDRESS, '://') : text;
}

/** Without marks for parts that are the same object. */
function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false });
}

/** What stands before the host of an address. */
const PASSWORD_IN_ADDRESS = /:\/\/[^\s/@]{1,500}@/g;

const README = `# The declared state of this hive

What the operator declared, as hived has it now: agents with their specs and prompts, projects with their members, the
rules of protected branches, and config.yaml with its defaults. Each change is a commit, by whoever made it.

Nothing is read from here: change the hive with \`hivectl\` or on the dashboard. What somebody pushes to this branch is
replaced by the next change. Values of secrets are not in it.
`;
