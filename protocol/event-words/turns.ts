import type { SessionChoice } from '../schemas/session.ts';
import { sayToolName } from '../tool-names.ts';
import { because, ids } from './phrases.ts';
import type { EventTable } from './words.ts';

/** What is done with the conversation. */
export const CHOICES: Readonly<Record<SessionChoice, string>> = {
  continue: 'continues its conversation',
  compact: 'compacts its conversation first',
  fresh: 'begins a fresh conversation',
  fork: 'continues a copy of a conversation',
};

/** Turns and what the model says and does in them. */
export const TURN_EVENTS = {
  'turn.started': {
    title: 'turn started',
    say: ({ turn, messages, session }) =>
      `turn ${turn} about ${ids(messages)}${session === undefined ? '' : `, ${CHOICES[session.choice]} (${session.reason})`}`,
    now: () => 'reading its mail',
  },
  'turn.text': { title: 'says', say: ({ text }) => text, now: ({ text }) => text },
  'turn.thinking': { title: 'thinks', say: ({ text }) => text, now: () => 'thinking' },
  'turn.tool_call': {
    title: 'calls',
    say: ({ tool, input }) => `${tool} ${input}`,
    now: ({ tool, input }) => `${sayToolName(tool)} ${input}`,
  },
  'turn.tool_result': { title: 'answered', say: ({ ok, text }) => `${ok ? 'ok' : 'failed'}: ${text}` },
  'turn.retry': {
    title: 'the model did not answer',
    say: ({ attempt, delayMs, error }, { span }) => `attempt ${attempt} in ${span(delayMs)}: ${error}`,
    tone: 'warn',
    now: ({ error, attempt }) => `asking the model again (${error}, try ${attempt})`,
  },
  'turn.noise': {
    title: 'unknown output',
    say: ({ lines, sample }) => `${lines} lines of garbage, e.g. ${sample}`,
    tone: 'quiet',
  },
  'turn.warning': {
    title: 'told by the hive',
    say: ({ step, text }) => (step === 'asked' ? text : `stopped: ${text}`),
    tone: ({ step }) => (step === 'asked' ? 'warn' : 'bad'),
  },
  'conversation.dropped': {
    title: 'conversation dropped',
    say: ({ turn, outcome, reason }) =>
      `a fresh one begins, because turn ${turn} ${outcome === 'done' ? 'could not continue it' : outcome.replaceAll('_', ' ')}${because(reason)}`,
    tone: 'warn',
  },
  'conversation.chosen': {
    title: 'conversation chosen',
    say: ({ choice, session, by }) =>
      `by ${by}: the next turn ${choice === 'fresh' ? 'begins a fresh one' : `${choice === 'use' ? 'continues' : 'continues a copy of'} ${session ?? ''}`}`,
  },
  'transcript.dropped': {
    title: 'transcript cut',
    say: ({ events, bytes }) => `${events} events (${bytes} bytes) beyond the agent's budget were dropped`,
    tone: 'warn',
  },
  'turn.finished': {
    title: 'turn ended',
    say: ({ turn, outcome, durationMs, text, reason }, { span }) =>
      `turn ${turn} ${outcome.replaceAll('_', ' ')} in ${span(durationMs)}${isWordless({ outcome, text }) ? ', without a word' : ''}${because(reason)}`,
    now: () => null,
  },
  'cli.started': {
    title: 'CLI started',
    say: ({ pid, version }) => `pid ${pid}${version === null ? '' : `, version ${version}`}`,
  },
  'cli.exited': {
    title: 'CLI ended',
    say: ({ why, signal, code }) => `${why} (${signal ?? `code ${code ?? '?'}`})`,
    tone: 'quiet',
  },
} satisfies EventTable;

/** A turn that succeeded without any text from the model: no text is missing. */
export function isWordless(turn: { outcome: string; text: string }): boolean {
  return turn.outcome === 'done' && turn.text.trim() === '';
}
