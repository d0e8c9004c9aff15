import { DEMO, kindFacts } from '../../protocol/providers.ts';
import type { EntryState } from '../../protocol/schemas/model.ts';
import type { Accounts, Answerer } from './accounts.ts';
import { askDemo } from './ask-demo.ts';
import {
  type Answered,
  type AskDeps,
  askProvider,
  clientOf,
  type Failure,
  pickingCall,
  tellLimit,
} from './ask-provider.ts';
import type { SpendGuard } from './budgets/spend-guard.ts';
import { type Answer, type Call, classToTell, modelsLike, NO_RETRY, refusal, targetOf } from './call.ts';
import { decideCall } from './decide-call.ts';
import type { Hold } from './holds.ts';
import { type Candidate, chooseEntries, mayRequest } from './models/choose-entries.ts';
import type { FailingCalls, Failures } from './models/failures.ts';
import { mayAnswer, pickEntry } from './models/judge-entry.ts';
import { servesClient } from './serves-client.ts';
import { stateOf } from './models/state-of.ts';
import type { PriceBook } from './pricing.ts';
import type { RawRequest, ReadRequest } from './protocols/protocol.ts';

export interface EntryDeps extends AskDeps {
  readonly accounts: Pick<Accounts, 'of' | 'ofProvider' | 'modelsOf'>;
  readonly failures: Failures;
  readonly prices: PriceBook;
  readonly spending: Pick<SpendGuard, 'ask' | 'watch' | 'end'>;
  readonly demoBodyBytes: number;
}

const BUDGET_STATUS = { used_up: 402, reserved: 503, uncountable: 400 } as const;

/** Whom a call may go to, and as what. */
interface Entry {
  readonly answerer: Answerer;
  /** Its model; null leaves the requested one. */
  readonly model: string | null;
  /** For events, notices and logs: `provider/model`; the provider alone for a model that the box chose. */
  readonly title: string;
  readonly calls: FailingCalls;
}

/** The request of the box, and what its agent may ask. */
interface Asked {
  readonly given: RawRequest;
  readonly read: ReadRequest;
  readonly mayUse: boolean;
  /** A model that it names beside its own, which the agent may not use. */
  readonly forbidden: string | null;
  readonly allowed: readonly string[] | null;
}

/** The first try of a call. `tryAgain` ends the present one with a status, and begins another. */
interface Tries {
  readonly call: Call;
  readonly tryAgain: (status: number) => Call;
}

/**
 * Asks the entries of the agent's model, one after another, until one answers. An answer with which another entry can
 * help (a limit, an outage, a refused key) reaches the box only when no other entry is left.
 */
export async function askEntries({ call: first, tryAgain }: Tries, deps: EntryDeps, body: Buffer): Promise<Answer> {
  const { agent, protocol } = first.kind;
  const given = { body, target: targetOf(first) };
  const read = protocol.readRequest(body, given.target);
  const { model } = read.facts;
  first.outcome.asked = model;
  const { allowed = null } = deps.accounts.modelsOf(agent)?.models ?? {};
  // A list of models names none.
  const rule = { allowed, classOf: protocol.classOf };
  const mayUse = first.kind.route.method === 'GET' || mayRequest(model, rule);
  const forbidden = read.extras.models.find((name) => !mayRequest(name, rule)) ?? null;
  const asked = { given, read, mayUse, forbidden, allowed };
  let call = first;
  /** Entries that failed, by their titles. */
  const tried = new Set<string>();
  for (;;) {
    // Looked up for each try: the operator may have changed keys and names meanwhile.
    const entries = await listEntries(call, deps, model);
    if (call.signal.aborted) return refusal(protocol, 408, 'The request broke off.');
    const untried = entries.filter(({ title }) => !tried.has(title));
    const { entry } = pickFrom(untried.length === 0 ? entries : untried, call, deps);
    call.outcome.insteadOf = entry === entries[0] ? null : (entries[0]?.title ?? null);
    const left = untried.filter((one) => one !== entry);
    const hasFallback = left.some((one) => mayAnswer(look(one, call, deps)));
    const { answer, failure, isOutdated = false } = await askEntry(call, deps, { entry, asked, hasFallback });
    if (isOutdated && !call.signal.aborted) {
      call = dropAnswer(answer, tryAgain);
      continue;
    }
    if (failure === null) return answer;
    if (entries.length > 1) noteFailure(call, deps, { entry, failure });
    tried.add(entry.title);
    const next = left.length === 0 ? null : pickFrom(left, call, deps);
    const fallback = next !== null && mayAnswer(next.state) ? next.entry : null;
    const instead = fallback === null ? {} : { fallback: fallback.title };
    if (failure.limit !== null) await tellLimit(call, deps, { ...failure.limit, ...instead });
    // All of them under a limit: the box is told the earliest end, not that of the last one asked.
    const held = fallback === null && entries.length > 1 && entries.every((one) => isLimited(one, call, deps));
    if (call.signal.aborted || (fallback === null && !held)) return answer;
    call = dropAnswer(answer, tryAgain);
    if (held) tried.clear();
  }
}

/** Another try, in place of an answer that the box does not get. */
function dropAnswer({ status, body }: Answer, tryAgain: Tries['tryAgain']): Call {
  if (typeof body !== 'string') body.destroy();
  return tryAgain(status);
}

/** The entries whose provider speaks the call's protocol; if there is none, the first, which is refused. */
async function listEntries(call: Call, deps: EntryDeps, model: string | null): Promise<Entry[]> {
  const { agent, protocol } = call.kind;
  const { accounts } = deps;
  const listed = accounts.modelsOf(agent)?.models?.entries ?? [];
  if (listed.length === 0) return [makeEntry(call, { answerer: await accounts.of(agent), model: null }, model)];
  const candidates = chooseEntries(model, { entries: listed, classOf: protocol.classOf });
  const withAccounts = async ({ provider, model: name }: Candidate) =>
    makeEntry(call, { answerer: await accounts.ofProvider(provider), model: name }, model);
  const entries = await Promise.all(candidates.map(withAccounts));
  const speaks = ({ answerer: { kind } }: Entry) => kind !== null && kindFacts(kind).protocols.includes(protocol.name);
  const spoken = entries.filter(speaks);
  return spoken.length === 0 ? entries.slice(0, 1) : spoken;
}

function makeEntry({ kind }: Call, of: Pick<Entry, 'answerer' | 'model'>, requested: string | null): Entry {
  const { provider } = of.answerer;
  const model = of.model ?? requested;
  return {
    ...of,
    title: of.model === null ? provider : `${provider}/${of.model}`,
    calls: { provider, models: modelsLike(kind.protocol, model) },
  };
}

function look({ answerer, calls }: Entry, call: Call, deps: EntryDeps): EntryState {
  const { route } = call.kind;
  const accounts =
    answerer.state === 'keys'
      ? answerer.accounts.filter((account) => servesClient(account, clientOf(call), answerer.kind))
      : undefined;
  return stateOf({ answerer, calls, isPaid: route.kind === 'answer', accounts }, deps);
}

function isLimited(entry: Entry, call: Call, deps: EntryDeps): boolean {
  return look(entry, call, deps).state === 'limited';
}

function pickFrom(entries: readonly Entry[], call: Call, deps: EntryDeps): { entry: Entry; state: EntryState } {
  const states = entries.map((entry) => look(entry, call, deps));
  const index = pickEntry(states);
  const [entry, state] = [entries[index], states[index]];
  if (entry === undefined || state === undefined) throw new Error('a call that nobody may answer');
  return { entry, state };
}

/** A limit with a known end and a refused key are kept by holds and guards. */
function noteFailure(
  call: Call,
  deps: EntryDeps,
  { entry, failure: { limit } }: { entry: Entry; failure: Failure },
): void {
  const isKept = !mayAnswer(look(entry, call, deps));
  if (!isKept || limit?.kind === 'overloaded') deps.failures.hear(entry.calls, call.startedAt);
}

/** One entry's answer, if the rules and the budgets let the call pass. */
async function askEntry(
  call: Call,
  deps: EntryDeps,
  { entry, asked, hasFallback }: { entry: Entry; asked: Asked; hasFallback: boolean },
): Promise<Answered> {
  const { kind, outcome } = call;
  const { agent, protocol, route } = kind;
  const { answerer } = entry;
  outcome.asked = entry.model ?? asked.read.facts.model;
  outcome.prices = deps.prices.of(answerer);
  outcome.extras = asked.read.extras;
  const picked = answerer.state === 'keys' ? deps.picker.pick(answerer, pickingCall(call)) : null;
  const held = picked?.state === 'limited' ? picked.hold : null;
  const decision = decideCall({
    ...asked.read.facts,
    agent,
    provider: answerer.provider,
    kind: answerer.kind,
    account: answerer.state === 'keys' ? (picked?.state ?? 'key') : answerer.state,
    limitedUntil: held?.until ?? null,
    mayUse: asked.mayUse,
    forbidden: asked.forbidden,
    unread: asked.read.extras.unread,
    allowed: asked.allowed,
    protocol,
    bytes: asked.given.body.length,
  });
  if (decision.do === 'refuse') {
    deps.log.info({ agent, provider: answerer.provider, code: decision.code }, 'a call was refused');
    const answer = refusal(protocol, decision.status, decision.words);
    if (held !== null && decision.code === 'limited')
      return final(await refuseHeld(call, deps, { held, answer, entry }));
    return final(decision.retry ? answer : { ...answer, headers: { ...answer.headers, ...NO_RETRY } });
  }
  deps.failures.begin(entry.calls);
  const request = entry.model === null ? asked.given : protocol.changeModel(asked.given, entry.model);
  const read = request === asked.given ? asked.read : protocol.readRequest(request.body, request.target);
  const account = picked?.state === 'key' ? picked.account : null;
  if (route.kind === 'answer') {
    const free = answerer.state === DEMO;
    const { model, maxTokens } = read.facts;
    const bytes = request.body.length;
    const wanted = { id: call.id, agent, model, maxTokens, bytes, prices: outcome.prices, extras: read.extras, free };
    const ruling = await deps.spending.ask(wanted, call.signal);
    if (ruling.do === 'refuse') {
      // A budget that is used up is for the operator to raise; one that is only reserved is free again soon.
      const answer = refusal(protocol, BUDGET_STATUS[ruling.why], ruling.words);
      const more = ruling.why === 'reserved' ? { 'retry-after': '5' } : NO_RETRY;
      return final({ ...answer, headers: { ...answer.headers, ...more } });
    }
    outcome.expected = ruling.expected;
  }
  // A call may have waited for its budget: a key that was removed meanwhile is not used.
  if (account?.guard.isRetired() === true)
    return {
      ...final(refusal(protocol, 503, 'The keys of the model provider have changed. Try again.')),
      isOutdated: true,
    };
  if (answerer.state !== 'keys' || account === null) return final(await askDemo(call, deps, asked.given.body));
  const { target } = request;
  const answered = await askProvider(call, deps, { provider: answerer, account, target, read, hasFallback });
  if (answered.failure === null) deps.failures.lift(entry.calls);
  return answered;
}

function final(answer: Answer): Answered {
  return { answer, failure: null };
}

/** As the provider would refuse it: with the limit's end, which hived knows before the box does. */
async function refuseHeld(
  call: Call,
  deps: EntryDeps,
  { held, answer, entry }: { held: Hold; answer: Answer; entry: Entry },
): Promise<Answer> {
  const { agent } = call.kind;
  const modelClass = classToTell(call);
  const { kind, until } = held;
  const { provider } = entry.answerer;
  const ofAll = { key: null, isOfKeyOnly: false };
  await deps.limitReports.tell({ agent, provider, modelClass, kind, until, ...ofAll, at: call.startedAt });
  const seconds = Math.max(1, Math.ceil((until - deps.now()) / 1_000));
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
}
