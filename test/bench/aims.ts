import { type Aim, atMost, atMostOver } from './aim.ts';
import { BOX_AIMS } from './box-aims.ts';
import type { Figure } from './figure.ts';

/** All figures in display order. The aims are for a quiet machine with 2 cores. */
export const AIMS: readonly Aim[] = [
  {
    name: 'send.rate64',
    what: 'durable sends a second, 64 callers',
    floor: 'SQLite alone, the same three rows, 64 sends to a commit',
    aim: '>= 20,000/s',
    isMet: (figure) => figure.value >= 20_000,
  },
  {
    name: 'send.rate64.http',
    what: 'the same over HTTP, as curl and hivectl speak it',
    floor: 'the same',
    aim: '',
    isMet: null,
  },
  {
    name: 'send.rtt',
    what: 'durable send, one caller, p50',
    floor: 'one byte over a Unix socket and back, and one commit of the same rows',
    aim: '<= 0.5 ms',
    isMet: atMost(0.5),
  },
  {
    name: 'send.rtt.p99',
    what: 'the same, p99',
    floor: 'the same, p99',
    aim: '',
    isMet: null,
  },
  {
    name: 'send.p99.64',
    what: 'durable send under 64 callers, p99',
    floor: 'SQLite alone, one commit of 64 sends, p99',
    aim: '<= 8 ms',
    isMet: atMost(8),
  },
  {
    name: 'broadcast.200',
    what: 'a message to all of 200 other agents until it is answered, p50',
    floor: 'SQLite alone, the same rows in one commit',
    aim: '<= 5 ms',
    isMet: atMost(5),
  },
  ...floodOf('sends', 'sends'),
  ...floodOf('frames', 'frames of 450 KB that are nonsense'),
  ...floodOf('spool', 'events to spool'),
  {
    name: 'wake.latency',
    what: 'send accepted until the waiting harness has the turn, p50',
    floor: 'one byte over a Unix socket and back, and one commit',
    aim: '<= 1.5 ms',
    isMet: atMost(1.5),
  },
  {
    name: 'wake.latency.200',
    what: 'the same with 200 harnesses that wait',
    floor: 'the same',
    aim: '<= 1.5 ms',
    isMet: atMost(1.5),
  },
  {
    name: 'reminders.idle',
    what: "hived's share of a core with 100,000 reminders standing",
    floor: 'the same hive with none',
    aim: '< 1 %',
    isMet: ({ value }) => value < 1,
  },
  {
    name: 'reminders.burst',
    what: '10,000 reminders due at once, until the last is in its mailbox',
    floor: 'SQLite alone, the rows of as many sends, 1,000 to a commit',
    aim: '<= 2 s',
    isMet: atMost(2_000),
  },
  {
    name: 'list.agents500',
    what: 'a list of 500 agents, until the whole answer is there, p50',
    floor: 'SQLite alone reads the rows, and JSON.stringify of the same answer',
    aim: '<= 5 ms',
    isMet: atMost(5),
  },
  {
    name: 'list.changed5',
    what: 'of 500 agents the five that events of the last moment concern, as the page asks, p50',
    floor: 'none',
    aim: '<= 5 ms',
    isMet: atMost(5),
  },
  {
    name: 'ingest.rate',
    what: 'events of turns that hived stores a second, eight agents',
    floor: 'SQLite alone, the same rows, 2,000 to a commit',
    aim: '>= 20,000/s',
    isMet: (figure) => figure.value >= 20_000,
  },
  {
    name: 'ingest.cpu',
    what: "hived's processor time for one of these events",
    floor: "SQLite's alone",
    aim: '<= 50 µs',
    isMet: atMost(50),
  },
  {
    name: 'ingest.fleet',
    what: '50 agents with 200 events a second each, from making one until the page has it, p99',
    floor: 'one byte over a Unix socket and back, and one commit of 200 rows, p99 of each',
    aim: '<= 250 ms',
    isMet: atMost(250),
  },
  {
    name: 'ingest.fleet.p50',
    what: 'the same, p50',
    floor: 'the same, p50',
    aim: '',
    isMet: null,
  },
  {
    name: 'ingest.fleet.rate',
    what: 'of these events, how many the page got a second, each once and in order',
    floor: '',
    aim: '10,000/s',
    isMet: (figure) => figure.value >= 9_900,
  },
  {
    name: 'retention.rate',
    what: 'old events deleted a second by a hive that is idle otherwise',
    floor: 'SQLite alone, as many as it deletes in 5 % of a second',
    aim: '>= 5,000/s',
    isMet: (figure) => figure.value >= 5_000,
  },
  {
    name: 'retention.cpu',
    what: "hived's share of a core meanwhile",
    floor: '',
    aim: '<= 5 %',
    isMet: atMost(5),
  },
  {
    name: 'pulls.merge',
    what: 'a pull request is merged in a repository of 5,000 files, p50',
    floor: 'git alone: merge-tree, commit-tree, update-ref',
    aim: '<= +60 ms',
    isMet: atMostOver(60),
  },
  {
    name: 'pulls.diff5000',
    what: 'a pull request that changes 5,000 files is described, p50',
    floor: 'git alone lists these files with their lines',
    aim: '<= 100 ms',
    isMet: atMost(100),
  },
  {
    name: 'pulls.gitea50',
    what: "a page of 50 open pull requests by Gitea's API, after their base moved, p50",
    floor: 'git alone merges them in one run',
    aim: '<= 100 ms',
    isMet: atMost(100),
  },
  {
    name: 'pulls.gitea50.again',
    what: 'the same page once more, p50',
    floor: 'none',
    aim: '<= 40 ms',
    isMet: atMost(40),
  },
  {
    name: 'pulls.list10000',
    what: 'one author’s pull requests among 10,000, p50',
    floor: 'none',
    aim: '<= 20 ms',
    isMet: atMost(20),
  },
  ...(
    [
      ['clone', 'a clone of 200 MB in 20,000 files', 0.9],
      ['fetch', 'a fetch of the second half of it', 0.9],
      ['push', 'a first push of it', 0.9],
    ] as const
  ).map(([name, what, share]) => ({
    ...peer(`git.${name}`, `${what}, git's own http-backend behind nginx`),
    aim: `>= ${share}`,
    isMet: ({ ours = 0, value }: Figure) => ours >= share * value,
  })),
  peer('git.push8.nginx', "8 pushes of 5 MB at once to it, git's own http-backend behind nginx"),
  {
    name: 'git.push8',
    what: '8 pushes of 5 MB at once to one repository of 200 MB',
    floor: '8 at once to as many repositories',
    aim: '>= 0.8 of the floor',
    isMet: ({ value, floor }) => floor !== null && value >= 0.8 * floor,
  },
  {
    name: 'queue.decide1000',
    what: 'a decision of the merge queue among 1,000 entries, p50',
    floor: 'none',
    aim: '<= 5 ms',
    isMet: atMost(5),
  },
  {
    name: 'queue.wait',
    what: 'simulated wait for a merge, by that of one after the other',
    floor: 'none',
    aim: '< 1 x',
    isMet: ({ value }) => value < 1,
  },
  {
    name: 'queue.wait.batches',
    what: 'the same, by that of batches that are split in halves',
    floor: 'none',
    aim: '< 1 x',
    isMet: ({ value }) => value < 1,
  },
  {
    name: 'ledger.plain',
    what: "calls that hived records a second from the gateway's reports, durable, without budgets",
    floor: 'SQLite alone, the same rows, 250 calls to a commit',
    aim: '>= 5,000/s',
    isMet: (figure) => figure.value >= 5_000,
  },
  {
    name: 'ledger.budgets',
    what: 'the same with 20 budgets of several scopes, 14 of which count each call',
    floor: 'the same, with the rows of 14 budgets',
    aim: '>= 5,000/s',
    isMet: (figure) => figure.value >= 5_000,
  },
  ...(['anthropic', 'chat', 'responses', 'gemini'] as const).flatMap(firstOf),
  ...streamOf('gateway.stream', '200 streams of 50 pieces a second'),
  ...streamOf('gateway.stream.budget', 'the same with budgets that count them as they run'),
  ...streamPeer('node', 'a proxy in Node that looks at nothing'),
  ...streamPeer('nginx', 'nginx as a reverse proxy'),
  {
    name: 'egress.rate.gateway',
    what: 'a download through a tunnel of the egress proxy',
    floor: 'the same without a proxy',
    aim: '',
    isMet: null,
  },
  ...['tinyproxy', 'squid'].map((name) => ({
    ...peer(`egress.rate.${name}`, `a download through a tunnel of Debian's ${name}`),
    aim: '>= 0.8',
    isMet: ({ ours = 0, value }: Figure) => ours >= 0.8 * value,
  })),
  {
    name: 'redact.rate',
    what: 'text through the redactor, 100 secrets with their encodings, in pieces of 4 KiB',
    floor: "the same text searched for one secret, unencoded, by Node's own Buffer.indexOf",
    aim: '>= 200 MB/s',
    isMet: (figure) => figure.value >= 200,
  },
  {
    name: 'sessions.policy',
    what: 'cost of synthetic histories under the session policy, by that of the cheapest fixed one over all kinds',
    floor: 'none: computed',
    aim: '< 1 x',
    isMet: (figure) => figure.value < 1,
  },
  {
    name: 'sessions.policy.worst',
    what: 'the same for the kind of history that it suits least, by that of the cheapest fixed one for this kind',
    floor: 'none: computed',
    aim: '<= 1.25 x',
    isMet: (figure) => figure.value <= 1.25,
  },
  ...BOX_AIMS,
  curveOf('send', 'durable send, one caller'),
  curveOf('claim', 'a turn for ten messages that wait, on disk'),
  curveOf('inbox', "a mailbox's newest page and one from its past, 50 messages each"),
  curveOf('thread', 'a thread of ten messages from anywhere'),
  curveOf('search', 'one word, two words, and one word among what an agent may see'),
  peer('peer.postgres', 'PostgreSQL, fsync on: the two inserts of a send in one statement, pgbench -c 64 -M prepared'),
  peer('peer.redis', 'Redis, appendfsync always: XADD of the same body, redis-benchmark -c 64'),
  peer('peer.nats', 'NATS JetStream, file storage (synced always from 2.10 on, Debian 12 has 2.9): 64 publishers'),
];

/** Beyond its idle time a call may wait for one unit of the flooder's work and its commit. */
function floodOf(kind: string, what: string): Aim[] {
  const floor = 'the same hive without the flood';
  return [
    {
      name: `flood.${kind}`,
      what: `the operator's durable send while one agent floods hived with ${what}, p50`,
      floor,
      aim: '<= floor + 20 ms',
      isMet: atMostOver(20),
    },
    {
      name: `flood.${kind}.p95`,
      what: 'the same, p95',
      floor: 'the same, p95',
      aim: '<= floor + 60 ms',
      isMet: atMostOver(60),
    },
  ];
}

function curveOf(operation: string, what: string): Aim {
  return { name: `curve.${operation}`, what, floor: '', aim: '<= 1.3 x', isMet: atMost(1.3) };
}

/** The figures of other programs on the same machine have no aim. */
function peer(name: string, what: string): Aim {
  return { name, what, floor: '', aim: '', isMet: null };
}

/** The time that the gateway adds to the first byte of an answer in one protocol, beside what others add. */
function firstOf(protocol: 'anthropic' | 'chat' | 'responses' | 'gemini'): Aim[] {
  const name = `gateway.first.${protocol}`;
  return [
    {
      name,
      what: `time that the gateway adds to the first byte of a streamed answer (${protocol}), p50`,
      floor: 'the whole time of a direct call',
      aim: '<= 1.5 ms',
      isMet: atMost(1.5),
    },
    {
      ...peer(`${name}.node`, 'a proxy in Node that looks at nothing: the time that it adds'),
    },
    {
      ...peer(`${name}.nginx`, 'nginx as a reverse proxy: the time that it adds'),
      aim: '<= theirs + 1 ms',
      isMet: ({ ours = Infinity, value }) => ours <= value + 1,
    },
    {
      ...peer(`${name}.portkey`, '@portkey-ai/gateway: the time that it adds'),
      aim: '< theirs',
      isMet: ({ ours = Infinity, value }) => ours < value,
    },
  ];
}

function streamPeer(name: string, what: string): Aim[] {
  return [
    peer(`gateway.stream.${name}.p99`, `${what}: latency of a piece beyond the direct way, p99`),
    peer(`gateway.stream.${name}.cpu`, `${what}: its share of a core`),
  ];
}

function streamOf(name: string, what: string): Aim[] {
  return [
    {
      name: `${name}.through`,
      what: `${what}: the pieces that arrive`,
      floor: '',
      aim: '100 %',
      isMet: ({ value }) => value >= 100,
    },
    {
      name: `${name}.p99`,
      what: 'the same: latency of a piece beyond the direct way, p99',
      floor: 'the latency of the direct way, p99',
      aim: '<= 10 ms',
      isMet: atMost(10),
    },
    {
      name: `${name}.cpu`,
      what: "the same: the gateway's share of a core",
      floor: 'that of a proxy in Node that looks at nothing',
      aim: '',
      isMet: null,
    },
    {
      name: `${name}.rss`,
      what: 'the same: the most resident memory of the gateway',
      floor: '',
      aim: '<= 150 MB',
      isMet: atMost(150),
    },
  ];
}
