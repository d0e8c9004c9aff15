import type { Account } from '../accounts.ts';
import { refusal } from '../call.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { EMPTY_TALLY } from '../protocols/tally.ts';
import type { ForwardedAnswer } from '../upstream/forward.ts';
import type { Readiness } from './keep-login.ts';

/** Clients that wait for a login try again after this time at the latest. */
const MOST_WAIT_S = 10;

/**
 * Makes a call with an account. The access token of a login is renewed before, if it is over, and after a 401, once. A
 * login that cannot be used is answered here, in the provider's format.
 */
export async function askWithLogin(
  { account, protocol, signal, now }: { account: Account; protocol: Protocol; signal: AbortSignal; now: () => number },
  forward: () => Promise<ForwardedAnswer>,
): Promise<ForwardedAnswer> {
  if (account.renewed === null) return forward();
  const { login } = account.renewed;
  const readiness = await login.ready(signal);
  if (readiness.is !== 'ready') return answerUnready(protocol, readiness, now());
  const used = login.key;
  const answer = await forward();
  if (answer.failed === null) {
    login.accept(used);
    return answer;
  }
  if (protocol.readRefusal(answer.failed) !== 'refused') return answer;
  const again = await login.reject(used, signal);
  if (again.is === 'rejected' || signal.aborted) return answer;
  if (typeof answer.body !== 'string') answer.body.destroy();
  if (again.is !== 'ready') return answerUnready(protocol, again, now());
  const key = login.key;
  const second = await forward();
  if (second.failed === null) login.accept(key);
  return second;
}

function answerUnready(protocol: Protocol, readiness: Readiness, now: number): ForwardedAnswer {
  const isOver = readiness.is !== 'wait';
  const status = isOver ? 401 : 503;
  const words = isOver
    ? 'The login at the model provider has ended. The operator logs in again and imports it: hivectl provider ls'
    : 'The login at the model provider is being renewed. Try again shortly.';
  const answer = refusal(protocol, status, words);
  const seconds = readiness.is === 'wait' ? Math.ceil((readiness.until - now) / 1_000) : 0;
  const wait = { 'retry-after': String(Math.min(MOST_WAIT_S, Math.max(1, seconds))) };
  const headers = isOver ? answer.headers : { ...answer.headers, ...wait };
  return {
    ...answer,
    headers,
    said: status,
    meter: { tally: () => EMPTY_TALLY, missed: () => false, gap: () => 'none' },
    failed: { status, headers: {}, body: '' },
    left: null,
    isUnready: true,
  };
}
