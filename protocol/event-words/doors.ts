import { sayAmount, sayBudget, sayPeriod } from '../budget-words.ts';
import { sayBytes, sayQuota } from '../quota-words.ts';
import type { EventTable } from './words.ts';

/** What passes the gateway: calls, providers, hosts outside and budgets. */
export const DOOR_EVENTS = {
  'usage.recorded': {
    title: 'usage',
    say: ({ lost, estimated, provider, model, insteadOf, usage, reasoningTokens }) =>
      lost
        ? `a call to ${provider} was lost with the gateway: its cost is not known`
        : `${model} by ${provider}${insteadOf === undefined ? '' : ` in place of ${insteadOf}`}: ${usage.inputTokens} in, ${usage.outputTokens} out${reasoningTokens > 0 ? ` (${reasoningTokens} of it reasoning)` : ''}${estimated ? ', estimated: the answer broke off' : ''}`,
  },
  'provider.refused': {
    title: 'key refused',
    say: ({ provider, status, key }) =>
      `${provider} refused the key${key === undefined ? '' : ` "${key}"`} (${status}): hivectl provider set ${provider}${key === undefined ? '' : ` --label ${key}`}`,
  },
  'provider.accepted': {
    title: 'key accepted',
    say: ({ provider, key }) => `${provider} takes the key${key === undefined ? '' : ` "${key}"`} again`,
  },
  'provider.away': {
    title: 'provider away',
    say: ({ provider, since, status }, { past }) =>
      `${provider} is out of order or out of reach since ${past(since)} (${status})`,
  },
  'provider.limited': {
    title: 'provider limit',
    say: ({ provider, modelClass, until }, { ahead }) =>
      `the account at ${provider}${modelClass === null ? '' : ` (${modelClass})`} has reached its limit, ends ${ahead(until)}`,
  },
  'provider.back': {
    title: 'provider back',
    say: ({ provider, lastFailureAt }, { past }) =>
      `${provider} answers again${lastFailureAt === undefined ? '' : `, last failure ${past(lastFailureAt)}`}`,
  },
  'provider.changed': {
    title: 'provider',
    say: ({ provider, hasKey, by, done, from }) => {
      const what = done ?? (hasKey ? 'key set' : 'no key');
      return `${provider}: ${what}${from === undefined ? '' : ` (was ${from})`}${by === undefined ? '' : `, by ${by}`}`;
    },
  },
  'egress.refused': {
    title: 'host refused',
    say: ({ host, port, why }) => `${host}${port === 0 ? '' : `:${port}`} (${why})`,
  },
  'approval.asked': {
    title: 'asks for a host',
    say: ({ id, host, port }) => `${host}:${port}: hivectl approve ${id}`,
  },
  'approval.answered': {
    title: 'approval',
    say: ({ id, host, port, answer, by }) => `${id} (${host}:${port}): ${answer}, by ${by}`,
  },
  'secret.found': {
    title: 'secret replaced',
    tone: 'warn',
    say: ({ names, operation }) => `${names.join(', ')} in ${operation}`,
  },
  'secret.changed': {
    title: 'secret',
    say: ({ name, change, subject, by }) => `${name}: ${SECRET_WORDS[change]}${subject ?? ''}, by ${by}`,
  },
  'egress.changed': {
    title: 'host rule',
    say: ({ subject, target, verdict, term, by }) =>
      `${EGRESS_WORDS[verdict]}: ${target} for ${subject}${term === 'always' ? '' : `, ${term}`}, by ${by}`,
  },
  'egress.secret_changed': {
    title: 'secret in requests',
    say: ({ subject, host, secret, change, by }) =>
      `${secret} ${change === 'added' ? 'is added' : 'is no longer added'} to requests of ${subject} for ${host}, by ${by}`,
  },
  'egress.quota_changed': {
    title: 'traffic quota',
    say: ({ subject, per, bytes, by }) =>
      `${bytes === null ? `removed, per ${per},` : sayQuota({ bytes, per })} for ${subject}, by ${by}`,
  },
  'egress.quota_reached': {
    title: 'traffic quota used up',
    say: ({ bytes, per, used, until }, { ahead }) =>
      `${sayBytes(used)} of ${sayQuota({ bytes, per })}, begins again ${ahead(until)}`,
    tone: 'warn',
  },
  'budget.changed': {
    title: 'budget',
    say: ({ amount, by, ...budget }) =>
      amount === null
        ? `no limit any more ${sayPeriod(budget.per)} for ${budget.scope}, by ${by}`
        : `${sayBudget({ ...budget, amount })}, by ${by}`,
  },
  'budget.warned': {
    title: 'budget low',
    say: ({ budget, spent, unit }) => `${sayAmount(unit, spent)} used of ${budget}`,
  },
  'budget.reached': {
    title: 'budget used up',
    say: ({ budget, spent, unit }) => `${sayAmount(unit, spent)} used of ${budget}`,
  },
  'budget.stopped': {
    title: 'stopped by a budget',
    say: ({ budget, until, cut }, { ahead }) =>
      `${budget}${cut ? ', an answer was broken off' : ''}${until === null ? '' : `, goes on ${ahead(until)}`}`,
    tone: 'warn',
  },
} satisfies EventTable;

const SECRET_WORDS = { set: 'value set', removed: 'removed', granted: 'given to ', revoked: 'taken from ' } as const;
const EGRESS_WORDS = { allow: 'allowed', deny: 'denied', removed: 'rule removed' } as const;
