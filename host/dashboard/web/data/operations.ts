import type { Op } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';

type Address = Pick<Op, 'method' | 'path'>;

/**
 * Where the operations that the page uses are. Only this much of the declarations is in the page:
 * the schemas would bring zod along. A test keeps it equal to protocol/operations/operator.ts.
 */
export const OPERATIONS = {
  status: { method: 'GET', path: '/status' },
  listAgents: { method: 'GET', path: '/agents' },
  startAgent: { method: 'POST', path: '/agents/:name/start' },
  stopAgent: { method: 'POST', path: '/agents/:name/stop' },
  restartAgent: { method: 'POST', path: '/agents/:name/restart' },
  rebuildAgent: { method: 'POST', path: '/agents/:name/rebuild' },
  destroyAgent: { method: 'DELETE', path: '/agents/:name' },
  interruptAgent: { method: 'POST', path: '/agents/:name/interrupt' },
  rebuildAll: { method: 'POST', path: '/rebuild-all' },
  send: { method: 'POST', path: '/messages' },
  listMessages: { method: 'GET', path: '/messages' },
  inbox: { method: 'GET', path: '/inbox' },
  markRead: { method: 'POST', path: '/inbox/read' },
  listThreads: { method: 'GET', path: '/threads' },
  getThread: { method: 'GET', path: '/threads/:id' },
  setThread: { method: 'POST', path: '/threads/:id/state' },
  searchMessages: { method: 'GET', path: '/search' },
  listDead: { method: 'GET', path: '/dead' },
  requeue: { method: 'POST', path: '/dead/requeue' },
  drop: { method: 'POST', path: '/dead/drop' },
  listTopics: { method: 'GET', path: '/topics' },
  setTopic: { method: 'POST', path: '/topics' },
  listQuestions: { method: 'GET', path: '/questions' },
  answerQuestion: { method: 'POST', path: '/questions/:id/answer' },
  listReminders: { method: 'GET', path: '/reminders' },
  createReminder: { method: 'POST', path: '/reminders' },
  changeReminder: { method: 'PUT', path: '/reminders/:id' },
  cancelReminder: { method: 'DELETE', path: '/reminders/:id' },
  listSchedules: { method: 'GET', path: '/schedules' },
  createSchedule: { method: 'POST', path: '/schedules' },
  changeSchedule: { method: 'PUT', path: '/schedules/:id' },
  cancelSchedule: { method: 'DELETE', path: '/schedules/:id' },
  reminderRollup: { method: 'GET', path: '/agents/:name/reminders/rollup' },
  setQuiet: { method: 'POST', path: '/agents/:name/quiet' },
  upload: { method: 'POST', path: '/files' },
  download: { method: 'GET', path: '/messages/:message/files/:name' },
  listEvents: { method: 'GET', path: '/events' },
} as const satisfies Partial<Record<keyof typeof operatorSurface, Address>>;

export type OperationName = keyof typeof OPERATIONS;
