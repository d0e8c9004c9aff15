import type { LimitReport } from '../../protocol/schemas/service.ts';
import type { Account, KeyedProvider } from './accounts.ts';
import type { SpendGuard } from './budgets/spend-guard.ts';
import { type Answer, type Call, classToTell, modelsLike, NO_RETRY, refusal } from './call.ts';
import type { GatewayLimits } from './config.ts';
import type { Holds } from './holds.ts';
import type { LeftBook } from './left.ts';
import { askWithLogin } from './logins/ask-with-login.ts';
import { nameError } from './name-error.ts';
import type { AccountPicker, PickingCall } from './pick-account.ts';
import type { Limit, ReadRequest, Refusal, Target } from './protocols/protocol.ts';
import { NotRecordedError, type RecordDeps, recordStart, sayNotRecorded } from './record-start.ts';
import type { LimitReports } from './reports/limit-reports.ts';
import type { CallClient } from './serves-client.ts';
import { explainFailure, isTooSlow } from './upstream/connect-upstream.ts';
import { forwardCall, type ForwardedAnswer } from './upstream/forward.ts';
import { Passage } from './upstream/passage.ts';

export interface AskDeps extends RecordDeps {
  readonly limitReports: LimitReports;
  readonly holds: Pick<Holds, 'hear' | 'find' | 'lift'>;
  readonly left: Pick<LeftBook, 'hear'>;
  readonly picker: Pick<AccountPicker, 'pick' | 'look'>;
  readonly spending: Pick<SpendGuard, 'watch'>;
  readonly now: () => number;
  readonly limits: RecordDeps['limits'] & Pick<GatewayLimits, 'streamOrFallbackMs' | 'wholeOrFallbackMs'>;
}

/** A call whose provider and first account are chosen. */
interface AskedCall {
  readonly provider: KeyedProvider;
  readonly account: Account;
  readonly target: Target;
  readonly read: ReadRequest;
  /** Whether somebody else could answer, so that a silent provider is not waited for as long. */
  readonly hasFallback: boolean;
}

/** A failure that concerns the accounts or their provider, not the request: somebody else may answer it. */
export interface Failure {
  /** The limit that was met, if that is the reason, and the only key that it can be about. */
  readonly limit: (Limit & Pick<LimitReport, 'key'>) | null;
}

/** The answer for the box; `failure` is not told to hived yet. */
export interface Answered {
  readonly answer: Answer;
  readonly failure: Failure | null;
  /** The account is gone, or has another key by now: whoever has its place is to be asked. */
  readonly isOutdated?: boolean;
}

/** What one account's answer says. */
interface Asked {
  readonly answer: ForwardedAnswer;
  readonly limit: Limit | null;
  readonly refused: Refusal | null;
}

/**
 * Asks the provider, which gets the request when hived has stored that the call begins. An account that is limited or
 * refused is followed by the next one that is neither, with the same request: the box sees the last one's answer.
 */
export async function askProvider(call: Call, deps: AskDeps, asked: AskedCall): Promise<Answered> {
  const { provider, read } = asked;
  const { kind, signal, outcome } = call;
  outcome.answerer = provider.provider;
  const recorded = recordStart(call, deps, provider.provider);
  let isSent = false;
  recorded?.then(
    () => (isSent = true),
    () => undefined,
  );
  const tried = new Set<string>();
  try {
    for (let { account } = asked; ;) {
      tried.add(account.label);
      // If the box leaves before an answer begins, a request that the provider works on is paid; an answer in one piece may
      // be written already.
      outcome.gap = () => (!isSent ? 'none' : read.facts.stream ? 'input' : 'all');
      const given = await askAccount(call, deps, { ...asked, account, recorded });
      const next = mayPassOn(given) ? deps.picker.pick(provider, pickingCall(call), tried) : null;
      if (next?.state !== 'key' || signal.aborted) return finish(call, deps, { ...given, provider, account });
      if (typeof given.answer.body !== 'string') given.answer.body.destroy();
      account = next.account;
    }
  } catch (error) {
    if (error instanceof NotRecordedError) return { answer: sayNotRecorded(call, deps), failure: null };
    // Nobody answered, and the box is there: an outage costs nothing. One that only is too slow may have answered after all,
    // and a box can make it slow.
    if (!isTooSlow(error)) outcome.gap = () => 'none';
    const { status, message } = explainFailure(error);
    const reason = nameError(error);
    if (!signal.aborted)
      deps.log.warn({ agent: kind.agent, provider: provider.provider, reason }, 'the provider does not answer');
    return { answer: refusal(kind.protocol, status, message), failure: signal.aborted ? null : { limit: null } };
  }
}

async function askAccount(
  call: Call,
  deps: AskDeps,
  asked: AskedCall & { recorded: Promise<void> | null },
): Promise<Asked> {
  const { provider, account, target, read } = asked;
  const { request, kind, signal } = call;
  const { protocol, route } = kind;
  const path = route.upstreamPath(target);
  const { streamOrFallbackMs, wholeOrFallbackMs } = deps.limits;
  const fallbackMs = read.facts.stream ? streamOrFallbackMs : wholeOrFallbackMs;
  const answerMs = asked.hasFallback ? fallbackMs : undefined;
  const forwarded = {
    protocol,
    method: route.method,
    path,
    headers: request.headers,
    request: read,
    released: asked.recorded,
    signal,
    answerMs,
  };
  const upstream = account.renewed?.upstream ?? provider.upstream;
  const answer = await askWithLogin({ account, protocol, signal, now: deps.now }, () =>
    forwardCall(forwarded, { upstream, account }),
  );
  const refused = answer.failed === null ? null : protocol.readRefusal(answer.failed);
  const limit =
    answer.failed === null || answer.isUnready === true ? null : protocol.readLimit(answer.failed, deps.now());
  account.guard.hear(answer.said, refused);
  // Whoever has its label now is another account.
  if (account.guard.isRetired()) return { answer, limit, refused };
  const calls = { provider: provider.provider, account: account.label, models: modelsOf(call) };
  const ofKey = { key: account.label, isOfKeyOnly: true };
  if (limit !== null) {
    deps.holds.hear(calls, limit);
    if (provider.accounts.length > 1) void tellLimit(call, deps, { ...limit, ...ofKey });
  }
  if (answer.failed === null && route.kind === 'answer') {
    if (deps.holds.lift(calls)) void tellLimit(call, deps, { kind: 'rate', until: deps.now(), ...ofKey });
    if (answer.left !== null) deps.left.hear(calls, answer.left);
  }
  return { answer, limit, refused };
}

/** An overloaded provider is the same for every account. */
function mayPassOn({ answer, limit, refused }: Asked): boolean {
  return answer.isUnready === true || refused === 'refused' || (limit !== null && limit.kind !== 'overloaded');
}

function finish(
  call: Call,
  deps: AskDeps,
  { answer, limit, refused, provider, account }: Asked & { provider: KeyedProvider; account: Account },
): Answered {
  const { kind, outcome } = call;
  const isOutdated = account.guard.isRetired();
  outcome.gap = answer.meter.gap;
  outcome.soFar = answer.meter.tally;
  outcome.tally = () => {
    const tally = answer.meter.tally();
    if (kind.route.kind === 'free' || !answer.meter.missed()) return tally;
    deps.log.warn({ agent: kind.agent }, 'an answer could not be counted');
    // The cost is unknown: a call without a price, not a free one.
    return { ...tally, unusualPrice: true };
  };
  if (answer.failed !== null) {
    const headers = refused === 'refused' ? { ...answer.headers, ...NO_RETRY } : answer.headers;
    const concernsAccount = limit !== null || refused !== null || answer.said >= 500 || answer.said === 402;
    const [only, ...others] = provider.accounts;
    const key = others.length === 0 ? only.label : null;
    const told = limit === null ? null : { ...limit, until: firstFree(call, deps, { limit, provider }), key };
    return {
      answer: { ...answer, headers },
      failure: concernsAccount ? { limit: told } : null,
      isOutdated: isOutdated && concernsAccount,
    };
  }
  if (answer.body instanceof Passage) deps.spending.watch(call.id, answer.body, () => answer.meter.tally());
  return { answer, failure: null };
}

/** When the first of the provider's accounts is free again. */
function firstFree(
  call: Call,
  deps: AskDeps,
  { limit, provider }: { limit: Limit; provider: KeyedProvider },
): number | null {
  const holds = provider.accounts.map(({ label }) =>
    deps.holds.find({ provider: provider.provider, account: label, models: modelsOf(call) }),
  );
  return limit.until === null ? null : Math.min(limit.until, ...holds.flatMap((hold) => hold?.until ?? []));
}

/** hived must know of a limit before the box does, so that the end of the limit is known when the turn ends. */
export async function tellLimit(
  call: Call,
  deps: Pick<AskDeps, 'limitReports'>,
  limit: Limit & Partial<Pick<LimitReport, 'key' | 'isOfKeyOnly' | 'fallback'>>,
): Promise<void> {
  const { kind, startedAt, outcome } = call;
  if (outcome.answerer === null) return;
  const modelClass = classToTell(call);
  const { agent } = kind;
  await deps.limitReports.tell({
    agent,
    provider: outcome.answerer,
    modelClass,
    key: null,
    isOfKeyOnly: false,
    ...limit,
    at: startedAt,
  });
}

/** The facts by which an account is chosen for this call. */
export function pickingCall(call: Call): PickingCall {
  const { agent, route } = call.kind;
  return { agent, models: route.kind === 'answer' ? modelsOf(call) : null, ...clientOf(call) };
}

export function clientOf({ kind: { protocol }, request: { headers }, cli }: Call): CallClient {
  return { protocol, headers, cli };
}

function modelsOf({ kind, outcome }: Call): string {
  return modelsLike(kind.protocol, outcome.asked);
}
