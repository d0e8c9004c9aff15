import type { CommandNode, Names, Values } from './describe-tree.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The commands with which the scripts ask hivectl for names. */
const ASK: Record<Names, string> = {
  agents: 'hivectl __agents',
  topics: 'hivectl __topics',
  recipients: 'hivectl __recipients',
};

/** A completion script for a shell. Names of agents and topics are fetched from the hive when needed. */
export function writeScript(shell: Shell, tree: readonly CommandNode[]): string {
  switch (shell) {
    case 'bash':
      return writeBash(tree);
    case 'zsh':
      return `#compdef hivectl\nautoload -U +X bashcompinit && bashcompinit\n${writeBash(tree)}`;
    case 'fish':
      return writeFish(tree);
  }
}

function writeBash(tree: readonly CommandNode[]): string {
  const cases = tree.map(
    (node) =>
      `    ${quote(node.path.join(' '))}) words=${quote(node.subcommands.map(({ name }) => name).join(' '))}; options=${quote(
        node.options.map(({ flag }) => flag).join(' '),
      )}; names=${quote(node.takes === null ? '' : ASK[node.takes])} ;;`,
  );
  const values = tree.flatMap((node) =>
    node.options.flatMap(({ flag, values: of }) =>
      of === null ? [] : [`    ${quote(`${node.path.join(' ')} ${flag}`)}) ${bashValues(of)} ;;`],
    ),
  );
  return `# hivectl completion. Load it with: source <(hivectl completion bash)
_hivectl_node() {
  case "$1" in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
_hivectl_value() {
  case "$1" in
${values.join('\n')}
    *) return 1 ;;
  esac
}
_hivectl() {
  local words options names node="" next i
  local current="\${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${node:+$node }\${COMP_WORDS[i]}"
    _hivectl_node "$next" && node="$next"
  done
  _hivectl_node "$node"
  if _hivectl_value "$node \${COMP_WORDS[COMP_CWORD-1]}"; then :
  elif [[ "$current" == -* ]]; then words="$options"
  elif [[ -n "$names" ]]; then words="$words $($names 2>/dev/null)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _hivectl hivectl
`;
}

function bashValues(values: Values): string {
  return typeof values === 'string' ? `words="$(${ASK[values]} 2>/dev/null)"` : `words=${quote(values.join(' '))}`;
}

function writeFish(tree: readonly CommandNode[]): string {
  const lines = tree.flatMap((node) => {
    const condition = `__hivectl_at ${node.path.length === 0 ? "''" : quote(node.path.join(' '))}`;
    const rule = (rest: string) => `complete -c hivectl -f -n ${quote(condition)} ${rest}`;
    return [
      ...node.subcommands.map(({ name, description }) => rule(`-a ${name} -d ${quote(description)}`)),
      ...node.options
        .filter(({ flag }) => flag.startsWith('--'))
        .map(({ flag, description, values }) =>
          rule(`-l ${flag.slice(2)}${values === null ? '' : ` -x -a ${fishValues(values)}`} -d ${quote(description)}`),
        ),
      ...(node.takes === null ? [] : [rule(`-a ${fishValues(node.takes)}`)]),
    ];
  });
  const known = tree.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `# hivectl completion. Load it with: hivectl completion fish | source
set -g __hivectl_known ${known.join(' ')}
function __hivectl_at
  set -l node ''
  for word in (commandline -opc)[2..]
    set -l next (string trim -- "$node $word")
    contains -- "$next" $__hivectl_known; and set node "$next"
  end
  test "$node" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function fishValues(values: Values): string {
  return quote(typeof values === 'string' ? `(${ASK[values]} 2>/dev/null)` : values.join(' '));
}

/** Quotes a word for any of the three shells, in single quotes. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
