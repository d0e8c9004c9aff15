/**
 * The queries of the turns store (turns and spools) that other modules may use; test/house/floors.test.ts
 * forbids the rest.
 */
export { addSpooledBytes } from './store/spools.ts';
export {
  findTurn,
  lastOutcomeOf,
  listOpenTurns,
  newestTurnAt,
  openTurnOf,
  renewAllTurns,
  turnAt,
  type TurnRow,
} from './store/turns.ts';
