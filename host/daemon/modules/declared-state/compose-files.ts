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
  readonly config: unknown;
}

/**
 * The files of the repository hive/config, each with the values of secrets replaced: by `redact`, and passwords in
 * addresses whatever they are.
 */
export function composeFiles(
  { agents, projects, config }: DeclaredState,
  redact: (text: string) => string,
): DeclaredFile[] {
  const clean = (text: string) => redact(text.replaceAll(PASSWORD_IN_ADDRESS, '$1'));
  const file = (path: string, text: string): DeclaredFile => ({ path, text: clean(text) });
  const membersOf = (project: string) =>
    Object.fromEntries(
      agents.flatMap(({ name, spec }) => {
        const level = (spec.projects as Readonly<Record<string, string>> | undefined)?.[project];
        return level === undefined ? [] : [[name, level]];
      }),
    );
  return [
    { path: 'README.md', text: README },
    file('config.yaml', toYaml(config)),
    file(
      'projects.yaml',
      toYaml({ projects: projects.map(({ name, description }) => ({ name, description, members: membersOf(name) })) }),
    ),
    ...agents.flatMap(({ name, parent, desired, spec: { prompt, ...spec } }) => [
      file(`agents/${name}/spec.yaml`, toYaml({ name, parent, desired, ...spec })),
      ...(prompt.trim() === '' ? [] : [file(`agents/${name}/prompt.md`, `${prompt.trimEnd()}\n`)]),
    ]),
  ];
}

/** Without marks for parts that are the same object. */
function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false });
}

const PASSWORD_IN_ADDRESS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

const README = `# The declared state of this hive

What the operator declared, as hived has it now: agents with their specs and prompts, projects with their members, the
rules of protected branches, and config.yaml with its defaults. Each change is a commit, by whoever made it.

Nothing is read from here: change the hive with \`hivectl\` or on the dashboard. What somebody pushes to this branch is
replaced by the next change. Values of secrets are not in it.
`;
