import { STATE_GROUPS, type State, type StateGroup, shownState, STATES, statesOf } from './agent-states.ts';

const GROUP_TITLES: Readonly<Record<StateGroup, string>> = {
  box: 'no turn can run',
  rest: 'no turn runs',
  turn: 'working',
  wait: 'waits after a turn',
  hold: 'held',
};

/** docs/harness.md: the states as a table, in the order of STATES. */
export function documentStates(): string {
  const head = ['state', 'shown as', 'meaning', 'decided by', 'next'];
  const rows = (Object.keys(STATES) as State[]).map((state) => {
    const { means, next, engine } = STATES[state];
    const names = next.map((each) => `\`${each}\``).join(' ');
    return [`\`${state}\``, `\`${shownState(state)}\``, means, engine ? 'harness' : 'hived', names];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/**
 * docs/harness.md: the same as a Mermaid graph. An arrow from or to a frame stands for all states in it; arrows that all
 * other states share (the box ends or is replaced) are left to the table.
 */
export function drawStates(): string {
  const frames = STATE_GROUPS.map((group) => {
    const inner = statesOf(group).flatMap((state) => [
      `    ${state}`,
      ...STATES[state].next
        .filter((next) => STATES[next].group === group && (group === 'turn' || group === 'box'))
        .map((next) => `    ${state} --> ${next}`),
    ]);
    return [`  state "${GROUP_TITLES[group]}" as ${group}_states {`, ...inner, '  }'].join('\n');
  });
  return ['```mermaid', 'stateDiagram-v2', ...frames, ...crossings(), '```'].join('\n');
}

/** Arrows between the groups. Those into the box's states may come from anywhere, and are left out. */
function crossings(): string[] {
  const lines = new Set<string>();
  for (const group of STATE_GROUPS) {
    const sources = statesOf(group);
    for (const target of STATE_GROUPS) {
      if (target === group || target === 'box') continue;
      const targets = statesOf(target);
      const ends = (state: State) => {
        const reached = targets.filter((to) => STATES[state].next.includes(to));
        return reached.length === targets.length ? [`${target}_states`] : reached;
      };
      for (const end of new Set(sources.flatMap(ends))) {
        const from = sources.filter((state) => ends(state).includes(end));
        if (from.length === sources.length) lines.add(`  ${group}_states --> ${end}`);
        else for (const state of from) lines.add(`  ${state} --> ${end}`);
      }
    }
  }
  return [...lines];
}
