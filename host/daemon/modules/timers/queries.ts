/** The queries of the timers store that other modules may use; test/house/floors.test.ts forbids the rest. */
export { standingOf } from './store/reminders.ts';
export { schedulesOf } from './store/schedules.ts';
