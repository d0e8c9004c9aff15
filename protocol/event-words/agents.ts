import { again, because } from './phrases.ts';
import type { EventTable } from './words.ts';

/** Agents, their boxes and harnesses. */
export const AGENT_EVENTS = {
  'agent.created': {
    title: 'created',
    say: ({ role, parent }) => `${role}${parent === null ? '' : `, child of ${parent}`}`,
    tone: 'quiet',
  },
  'agent.desired': { title: 'declared', say: ({ desired, by }) => `${desired}, by ${by}`, tone: 'quiet' },
  'agent.changed': { title: 'changed', say: ({ fields, by }) => `${fields.join(', ')}, by ${by}` },
  'agent.note': {
    title: 'note',
    say: ({ text, by }) => `${text === '' ? 'taken away' : text}, by ${by}`,
    tone: 'quiet',
  },
  'agent.held': {
    title: 'held',
    say: ({ kind, by, reason }) => `${kind.replaceAll('_', ' ')}, by ${by}${because(reason)}`,
    tone: ({ kind }) => (kind === 'stuck' ? 'bad' : 'warn'),
  },
  'agent.released': {
    title: 'released',
    say: ({ kinds, by }) => `no longer ${kinds.join(', ').replaceAll('_', ' ')}, by ${by}`,
    tone: 'quiet',
  },
  'agent.rebuilding': {
    title: 'rebuild',
    say: ({ generation, by }) => `to generation ${generation}, by ${by}`,
    tone: 'quiet',
  },
  'agent.rebuilt': { title: 'rebuilt', say: ({ generation }) => `generation ${generation}`, tone: 'good' },
  'agent.destroyed': {
    title: 'destroyed',
    say: ({ archive }) => (archive === null ? 'files deleted' : `files in ${archive}`),
    now: () => null,
  },
  'rebuild_all.started': { title: 'rebuilds', say: ({ agents }) => agents.join(', ') },
  'rebuild_all.finished': { title: 'rebuilt', say: ({ agents }) => agents.join(', ') },
  'box.started': {
    title: 'box started',
    say: ({ generation, ms }, { span }) => `generation ${generation} in ${span(ms)}`,
    tone: 'quiet',
  },
  'box.adopted': { title: 'box adopted', say: ({ generation }) => `generation ${generation}`, tone: 'quiet' },
  'box.exited': {
    title: 'box ended',
    say: ({ oom, exitCode, restartInMs }, format) =>
      `${oom ? 'out of memory' : `code ${exitCode ?? '?'}`}${again(restartInMs, format)}`,
    tone: 'bad',
  },
  'box.failed': {
    title: 'the box could not be run',
    say: ({ reason, retryInMs }, format) => `${reason}${again(retryInMs, format)}`,
    tone: 'bad',
  },
  'harness.hello': { title: 'harness connected', say: ({ generation }) => `generation ${generation}`, tone: 'quiet' },
  'harness.lost': {
    title: 'harness lost',
    say: ({ silentMs }, { span }) => `silent for ${span(silentMs)}`,
    tone: 'bad',
  },
  'harness.state': {
    title: 'harness',
    say: ({ state, reason }) => `${state.replaceAll('_', ' ')}${because(reason)}`,
    tone: ({ reason }) => (reason === null ? null : 'warn'),
  },
} satisfies EventTable;
