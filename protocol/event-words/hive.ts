import { again } from './phrases.ts';
import { sayTerminalEnd } from '../terminal-words.ts';
import type { EventTable } from './words.ts';

/** The hive itself: its services, engine, disk and sign-ins. */
export const HIVE_EVENTS = {
  'hive.started': {
    title: 'hive started',
    say: ({ version, adopted }) => `version ${version}, ${adopted} boxes adopted`,
  },
  'hive.stopping': { title: 'hive stops', say: ({ reason }) => reason },
  'engine.lost': { title: 'engine lost', say: ({ reason }) => reason },
  'engine.back': { title: 'engine back', say: ({ awayMs }, { span }) => `after ${span(awayMs)}` },
  'disk.level': {
    title: 'disk',
    say: ({ level, freeBytes, totalBytes, biggest }, { bytes }) =>
      `${level}, ${bytes(freeBytes)} of ${bytes(totalBytes)} free; ${biggest.map((one) => `${one.owner} ${bytes(one.bytes)}`).join(', ')}`,
  },
  'disk.over': { title: 'over its disk limit', say: ({ reason }) => reason },
  'service.started': { title: 'service started', say: ({ service, pid }) => `${service}, pid ${pid}` },
  'service.exited': {
    title: 'service ended',
    say: ({ service, why, restartInMs }, format) => `${service}: ${why}${again(restartInMs, format)}`,
  },
  'terminal.opened': { title: 'terminal opened', say: ({ kind, by }) => `${kind}, by ${by}`, tone: 'warn' },
  'terminal.closed': {
    title: 'terminal closed',
    say: ({ kind, by, why, durationMs, exitCode, bytesIn, bytesOut }, { span, bytes }) =>
      `${kind} of ${by}, after ${span(durationMs)}: ${sayTerminalEnd(why, exitCode)}; ${bytes(bytesIn)} typed, ${bytes(bytesOut)} shown`,
    tone: 'quiet',
  },
  'skills.changed': {
    title: 'skills changed',
    say: ({ repo, commit, skills }) =>
      commit === null || skills.length === 0
        ? `${repo} has none now`
        : `${repo} at ${commit.slice(0, 12)}: ${skills.join(', ')}`,
  },
  'project.created': { title: 'project made', say: ({ project, by }) => `${project}, by ${by}` },
  'project.removed': { title: 'project removed', say: ({ project, by }) => `${project}, by ${by}` },
  'dashboard.link': { title: 'sign-in link', say: ({ by }) => `by ${by}` },
  'dashboard.signed_in': { title: 'signed in', say: () => '' },
} satisfies EventTable;
