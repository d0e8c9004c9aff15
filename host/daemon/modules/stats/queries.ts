/** The queries of the statistics of turns that other modules may use; test/house/floors.test.ts forbids the rest. */
export {
  addCallToTurn,
  endTurnStats,
  findTurnStats,
  insertTurnStats,
  listTurnStats,
  listTurnsWithModel,
  planOfTurn,
  type TurnStatsRow,
} from './store/turn-stats.ts';
