/**
 * The queries of the mail store (messages, deliveries, mailboxes, threads) that other modules may use;
 * test/house/floors.test.ts forbids the rest.
 */
export { deliveriesOfTurn } from './store/deliveries-of-turn.ts';
export { type Chosen, deliveryStateOf, ridesAlong, turnOfDelivery } from './store/deliveries.ts';
export { heldBetween, releaseHeldBetween } from './store/timed-deliveries.ts';
export {
  chosenOfTurn,
  completeLeased,
  isWaiting,
  joinedSoFar,
  leaseDelivery,
  leasedTo,
  markInContext,
  orderOfNext,
  type Reach,
  releaseLeased,
  type Waiting,
  waitingFor,
} from './store/turn-deliveries.ts';
export { countAllMail, countMail, mailboxFill, type MailCount, NO_MAIL, ridingFill } from './store/mailboxes.ts';
export { findMessage } from './store/messages.ts';
export { senderFacts } from './store/send-facts.ts';
export { openThreadsOf, setThreadState } from './store/threads.ts';
