import { HiveError } from '../../protocol/errors.ts';
import type { dashboardSurface } from '../../protocol/operations/operator.ts';
import type { AgentView } from '../../protocol/schemas/agent.ts';
import type { InjectionView } from '../../protocol/injections.ts';
import type {
  ApprovalView,
  ConnectionView,
  EgressQuotaView,
  EgressRuleView,
  QuotaStateView,
} from '../../protocol/schemas/egress.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { FakeMailParts } from './fake-mail.ts';

type HostName =
  | 'listEgress'
  | 'allowEgress'
  | 'denyEgress'
  | 'removeEgress'
  | 'listApprovals'
  | 'answerApproval'
  | 'setEgressQuota'
  | 'injectSecret'
  | 'withdrawSecret'
  | 'listConnections';

/** Hosts outside, as the fake hive has them. */
export interface FakeHosts {
  rules: EgressRuleView[];
  approvals: ApprovalView[];
  connections: ConnectionView[];
  quotas: EgressQuotaView[];
  injections: InjectionView[];
  traffic: QuotaStateView[];
}

/** The fake hive's rules, approvals and connections. */
export function handleHosts(hive: {
  hosts: FakeHosts;
  agents: AgentView[];
  emit: FakeMailParts['emit'];
}): Pick<Handlers<typeof dashboardSurface, null>, HostName> {
  const { hosts, agents, emit } = hive;
  const requireKnown = (subject: string) => {
    if (/^[a-z]/.test(subject) && !agents.some(({ name }) => name === subject))
      throw new HiveError('unknown_agent', `There is no agent "${subject}".`);
  };
  const put = (given: Omit<EgressRuleView, 'id' | 'createdAt'>) => {
    requireKnown(given.subject);
    const rule = { ...given, id: hosts.rules.length + 1, createdAt: Date.now() };
    hosts.rules.push(rule);
    const { subject, target, verdict, term } = rule;
    emit(null, 'egress.changed', { subject, target, verdict, term, by: 'dashboard' });
    return { rule };
  };
  return {
    listEgress: () => ({
      rules: hosts.rules,
      presets: [{ name: 'npm', hosts: ['registry.npmjs.org'] }],
      quotas: hosts.quotas,
      injections: hosts.injections,
      traffic: hosts.traffic,
    }),
    allowEgress: ({ subject, target, term, methods = null, address = null }) =>
      put({ subject, target, kind: null, verdict: 'allow', term, methods, address }),
    denyEgress: ({ subject, target, term }) =>
      put({ subject, target, kind: null, verdict: 'deny', term, methods: null, address: null }),
    removeEgress: ({ id }) => {
      const rule = hosts.rules.find((one) => one.id === id);
      if (rule === undefined) throw new HiveError('not_found');
      hosts.rules.splice(hosts.rules.indexOf(rule), 1);
      emit(null, 'egress.changed', { subject: rule.subject, target: rule.target, verdict: 'removed', term: rule.term, by: 'dashboard' }); // prettier-ignore
      return { rule };
    },
    setEgressQuota: ({ subject, per, bytes }) => {
      requireKnown(subject);
      const others = hosts.quotas.filter((one) => one.subject !== subject || one.per !== per);
      const quota = bytes === null ? null : { subject, per, bytes, createdAt: Date.now() };
      hosts.quotas = quota === null ? others : [...others, quota];
      hosts.traffic = hosts.traffic
        .filter((one) => bytes !== null || one.setFor !== subject || one.per !== per)
        .map((one) => (one.setFor === subject && one.per === per && bytes !== null ? { ...one, bytes } : one));
      emit(null, 'egress.quota_changed', { subject, per, bytes, by: 'dashboard' });
      return { quota };
    },
    injectSecret: ({ user, ...given }) => {
      requireKnown(given.subject);
      const others = hosts.injections.filter((one) => one.subject !== given.subject || one.host !== given.host);
      const injection = { ...given, user: user ?? null, id: hosts.injections.length + 1, createdAt: Date.now() };
      hosts.injections = [...others, injection];
      const { subject, host, secret } = injection;
      emit(null, 'egress.secret_changed', { subject, host, secret, change: 'added', by: 'dashboard' });
      return { injection };
    },
    withdrawSecret: ({ id }) => {
      const injection = hosts.injections.find((one) => one.id === id);
      if (injection === undefined) throw new HiveError('not_found');
      hosts.injections = hosts.injections.filter((one) => one !== injection);
      const { subject, host, secret } = injection;
      emit(null, 'egress.secret_changed', { subject, host, secret, change: 'withdrawn', by: 'dashboard' });
      return { injection };
    },
    listApprovals: () => ({ approvals: hosts.approvals }),
    answerApproval: ({ id, answer }) => {
      const approval = hosts.approvals.find((one) => one.id === id);
      if (approval === undefined) throw new HiveError('not_found');
      hosts.approvals.splice(hosts.approvals.indexOf(approval), 1);
      const { agent, host } = approval;
      emit(agent, 'approval.answered', { id, host, port: approval.port, answer, by: 'dashboard' });
      const verdict = answer === 'no' ? ('deny' as const) : ('allow' as const);
      const term = answer === 'once' || answer === 'turn' ? answer : answer === 'no' ? 'turn' : 'always';
      return put({
        subject: answer === 'all' ? '*' : agent,
        target: host,
        kind: answer === 'no' ? null : approval.kind,
        verdict,
        term,
        methods: null,
        address: null,
      });
    },
    listConnections: ({ agent, before, limit }) => ({
      connections: hosts.connections
        .filter((one) => (agent === undefined || one.agent === agent) && (before === undefined || one.id < before))
        .slice(0, limit),
    }),
  };
}

export function fakeConnection(given: Partial<Omit<ConnectionView, 'agent'>> & { agent: string }): ConnectionView {
  return {
    id: 1,
    kind: 'tunnel',
    host: 'registry.npmjs.org',
    port: 443,
    method: 'CONNECT',
    verdict: 'allowed',
    why: null,
    rule: null,
    bytesUp: 900,
    bytesDown: 1_400_000,
    startedAt: Date.now() - 60_000,
    endedAt: Date.now() - 58_000,
    count: 1,
    ...given,
  } as ConnectionView;
}
