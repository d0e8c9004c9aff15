/**
 * The queries that other modules may use: turns and spools.
 * The rest of this module's store is its own (test/house/floors.test.ts).
 */
export { addSpooledBytes } from './store/spools.ts';
export { lastOutcomeOf, listOpenTurns, openTurnOf, renewAllTurns, turnAt } from './store/turns.ts';
