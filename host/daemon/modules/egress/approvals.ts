import { PLAIN_PORT, TUNNEL_PORT } from '../../../../protocol/egress.ts';
import { KIND_WORDS } from '../../../../protocol/egress-words.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { ApprovalAnswer } from '../../../../protocol/schemas/egress.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx } from '../../core/writer.ts';
import { agentExists, findAgent } from '../agents/queries.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { storeRule } from './change-rules.ts';
import type { EgressHandlerDeps } from './handlers.ts';
import {
  type ApprovalRow,
  type Asked,
  closeApproval,
  countOpenApprovals,
  dropStaleApprovals,
  findOpenApproval,
  insertApproval,
  listOpenApprovals,
} from './store/approvals.ts';
import type { NewRule } from './store/egress-rules.ts';

export interface ApprovalDeps extends EgressHandlerDeps {
  mail: Pick<MailContext, 'post'>;
  /** How long a request waits for the operator (milliseconds); 0: the operator is not asked. */
  askMs: number;
}

/** Open approvals of one agent; requests beyond are refused at once. */
const MOST_OPEN = 10;
/** The operator is asked anew about a host after this. */
const STALE_MS = 24 * 3_600_000;

/**
 * Questions of agents for hosts that no rule is about.
 *
 *   open ── answer ──► a rule
 *     └──── the agent is gone, or a day has passed ──► deleted
 */
export function handleApprovals(deps: ApprovalDeps) {
  const { db, writer, events, clock, askMs } = deps;

  /** A full mailbox of the operator's must not keep the question from being stored. */
  function tellOperator(tx: Tx, id: number, { agent, host, port, kind }: Asked): void {
    const body = `The agent ${agent} asks to reach ${host}:${port} by ${KIND_WORDS[kind]}, which no rule allows. Let it until its turn ends: hivectl approve ${id} (or --for once, --for always, --all). Keep it from that host: hivectl refuse ${id}`;
    attempt(tx, (inner) => deps.mail.post(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
  }

  return {
    operator: {
      listApprovals: () => ({
        approvals: listOpenApprovals(db).map((row) => ({ ...row, waitsUntil: row.createdAt + askMs })),
      }),
      async answerApproval({ id, answer }, { caller }) {
        const rule = await writer.write((tx) => {
          const row = closeApproval(tx.db, id, answer);
          if (row === null) return null;
          const { agent, host, port } = row;
          events.append(tx, 'approval.answered', { agent, data: { id, host, port, answer, by: caller } });
          return storeRule(tx, ruleFor(row, answer, clock()), { events, by: caller });
        });
        if (rule === null)
          throw new HiveError('not_found', `No approval ${id} waits for an answer.`, {
            details: { command: 'hivectl approvals' },
          });
        deps.onRulesChanged();
        return { rule };
      },
    },
    gateway: {
      async askEgress(asked) {
        const notAsked = { approval: null, waitMs: 0 };
        if (askMs === 0 || findAgent(db, asked.agent)?.spec.unknownHosts === 'refuse') return notAsked;
        return writer.write((tx) => {
          dropStaleApprovals(tx.db, asked.agent, clock() - STALE_MS);
          const known = findOpenApproval(tx.db, asked);
          // Only the first requests wait: later ones would wait for an operator who is not there.
          if (known !== null)
            return { approval: known.id, waitMs: Math.max(0, Math.min(askMs, known.createdAt + askMs - clock())) };
          if (!agentExists(tx.db, asked.agent) || countOpenApprovals(tx.db, asked.agent) >= MOST_OPEN) return notAsked;
          const id = insertApproval(tx.db, asked, clock());
          events.append(tx, 'approval.asked', { agent: asked.agent, data: { id, host: asked.host, port: asked.port } });
          tellOperator(tx, id, asked);
          return { approval: id, waitMs: askMs };
        });
      },
    },
  } satisfies ModuleHandlers;
}

/**
 * The rule that an answer makes. It allows the kind of request that the agent makes: plain HTTP says nothing about a
 * tunnel, whose content nobody sees, and one port says nothing about another. "No" is about the host, and stands until
 * the turn ends: the agent may ask again later.
 */
function ruleFor({ agent, host, port, kind }: ApprovalRow, answer: ApprovalAnswer, at: number): NewRule {
  const isDefault = port === (kind === 'tunnel' ? TUNNEL_PORT : PLAIN_PORT);
  const target = isDefault ? host : `${host}:${port}`;
  const rule = { subject: agent, target, kind, methods: null, address: null, at };
  switch (answer) {
    case 'no':
      return { ...rule, kind: null, verdict: 'deny', term: 'turn' };
    case 'all':
      return { ...rule, subject: '*', verdict: 'allow', term: 'always' };
    case 'once':
    case 'turn':
    case 'always':
      return { ...rule, verdict: 'allow', term: answer };
  }
}
