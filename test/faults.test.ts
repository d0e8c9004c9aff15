import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAULTS } from '../harness/turn/faults.ts';
import { type DriverName, DRIVER_NAMES } from '../protocol/drivers/drivers.ts';
import type { AgentName } from '../protocol/names.ts';
import { eventsSeen, FAULT_MATRIX, type FaultRow, type HiveFault, hiveFaults } from './faults/fault-matrix.ts';
import { type Fault, type FaultyProvider, startFaultyProvider } from './support/faulty-provider.ts';
import { PATIENCE_MS } from './support/patience.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The cells "hive" of the matrix of faults (docs/reliability.md): one agent of each driver, in a real box, with a
// provider of its own that fails as it is told to. The real CLIs, and for the drivers of a program test/fixtures/small-agent.mjs.
// Each agent meets one fault after the other; the agents do so at the same time.

const PROGRAM = '/shared/small-agent.mjs';
/** Six programs start at once. */
const LONG_MS = 2 * PATIENCE_MS;

interface Subject {
  readonly provider: string;
  readonly model: string;
  /** A line for the demo model that runs a tool until that file is in the agent's directory. */
  waitFor(file: string): string;
  /** Is in the command line of the driver's program, and of no other. */
  readonly process: string;
}
const shell = (tool: string, field: string) => (file: string) =>
  `@${tool} ${JSON.stringify({ [field]: `until [ -e ${file} ]; do sleep 0.1; done` })}`;
const program = { waitFor: (file: string) => `@wait ${JSON.stringify({ file })}`, process: '[s]mall-agent.mjs' };

const SUBJECTS: Record<DriverName, Subject> = {
  claude: {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    waitFor: shell('Bash', 'command'),
    process: '/opt/hive/[c]laude/',
  },
  codex: {
    provider: 'openai',
    model: 'gpt-5-mini',
    waitFor: shell('exec_command', 'cmd'),
    process: '/opt/hive/[c]odex/',
  },
  gemini: {
    provider: 'gemini',
    model: 'gemini-3.8-flash',
    waitFor: shell('run_shell_command', 'command'),
    process: '/opt/hive/[g]emini/',
  },
  opencode: {
    provider: 'lab',
    model: 'gpt-5-mini',
    waitFor: shell('bash', 'command'),
    process: '/opt/hive/[o]pencode/',
  },
  acp: { provider: 'yard', model: 'small', ...program },
  script: { provider: 'shed', model: 'small', ...program },
};

let hive: TestHive;
let provider: FaultyProvider;
/** How each cell ended: it is settled by the agents' runs, and read by the tests. */
const cells = new Map<string, Promise<void>>();

beforeAll(async () => {
  provider = await startFaultyProvider();
  const kinds = { lab: 'opencode', yard: 'acp', shed: 'script' };
  const compatible = Object.entries(kinds).map(([name, agent]) => [
    name,
    { kind: 'openai-compatible', base_url: `${provider.urlOf(agent)}/v1` },
  ]);
  hive = await openTestHive({
    agents: ['manager'],
    config: {
      egress: { ask_ms: 0 },
      providers: {
        anthropic: { base_url: provider.urlOf('claude') },
        openai: { base_url: `${provider.urlOf('codex')}/v1` },
        gemini: { base_url: provider.urlOf('gemini') },
        ...Object.fromEntries(compatible),
      },
    },
  });
  await hive.start();
  await copyFile(join(import.meta.dirname, 'fixtures/small-agent.mjs'), join(hive.root, PROGRAM.slice(1)));
  await chmod(join(hive.root, PROGRAM.slice(1)), 0o755);
  for (const driver of DRIVER_NAMES) {
    const { model } = SUBJECTS[driver];
    const command = { acp: [PROGRAM, 'acp', model], script: [PROGRAM, 'script'] }[driver as string];
    await newKey(driver);
    await hive.admin.call('createAgent', {
      name: driver as AgentName,
      parent: 'manager' as AgentName,
      spec: {
        driver,
        model,
        provider: SUBJECTS[driver].provider,
        limits: { memoryMb: 1_024 },
        ...(command === undefined ? {} : { command }),
      },
    });
  }
  await hive.allIdle();
  const columns = DRIVER_NAMES.map(runColumn);
  runTogether('hived_away', columns);
});
afterAll(async () => {
  await Promise.allSettled(cells.values());
  await hive.close();
  await provider.close();
});

let keys = 0;
async function newKey(driver: DriverName): Promise<void> {
  keys += 1;
  await hive.admin.call('setProvider', {
    provider: SUBJECTS[driver].provider,
    key: `sk-ant-a-key-of-the-test-${keys}`,
  });
}

/** What a case does with its agent. */
interface Bed {
  readonly driver: DriverName;
  /** A word that no other case uses. */
  readonly word: string;
  meet(fault: Fault | null): void;
  /** Sends the agent a message; returns its id. */
  tell(body: string): Promise<number>;
  /** Waits for the end of a turn with that message, and for the state that follows by the table of faults; its reason. */
  failed(id: number): Promise<string>;
  event(kind: string, fits?: (data: Record<string, unknown>) => boolean): Promise<void>;
  /** Waits for each event that the matrix says the operator sees. */
  seen(): Promise<void>;
  /** Waits until a turn handled the message, and expects that no other did. */
  handledOnce(id: number, how?: 'counted'): Promise<void>;
  /** The same for a message that lets the agent tell the operator `word`: the operator was told once. */
  toldOnce(id: number, how?: 'counted'): Promise<void>;
}

/** A message that lets the agent tell the operator this word, with the tool of the hive. */
const reply = (word: string) => `@send ${JSON.stringify({ to: 'operator', body: word })}`;
const IMAGE = 'Could not process image';
const TOO_LONG = 'prompt is too long: 300000 tokens > 200000 maximum';

const CASES: Record<Exclude<HiveFault, 'hived_away'>, (bed: Bed) => Promise<void>> = {
  async limit_timed(bed) {
    const until = await meetLimit(bed, 3_600);
    expect(until - Date.now()).toBeGreaterThan(2_400_000);
  },
  async limit_untimed(bed) {
    const until = await meetLimit(bed);
    expect(until - Date.now()).toBeLessThan(61_000);
  },
  async provider_away({ word, meet, tell, failed, toldOnce }) {
    meet({ status: 'away' });
    const id = await tell(reply(word));
    await failed(id);
    meet(null);
    await toldOnce(id);
  },
  async login_refused({ driver, word, meet, tell, failed, toldOnce }) {
    meet({ status: 401, message: 'Incorrect API key provided' });
    const id = await tell(reply(word));
    await failed(id);
    expect(await inboxWith(`refused by ${SUBJECTS[driver].provider} (401)`)).toHaveLength(1);
    meet(null);
    await newKey(driver);
    await toldOnce(id);
  },
  poisoned: (bed) => spendConversation(bed, IMAGE),
  too_long: (bed) => spendConversation(bed, TOO_LONG),
  async ending_message({ word, meet, tell, toldOnce }) {
    meet({ status: 400, message: IMAGE, onlyWith: `curse-${word}` });
    const [cursed, fine] = await Promise.all([tell(`curse-${word}`), tell(reply(word))]);
    // The pauses between its turns double. A turn that does not count, as on a busy machine, adds one.
    const isDead = async () => (await receiptOf(cursed))?.state === 'dead';
    await hive.until(isDead, `#${cursed} to be given up`, LONG_MS);
    expect((await receiptOf(cursed))?.note).toMatch(/it makes conversations unusable: .*image/);
    await toldOnce(fine, 'counted');
    expect(await inboxWith(new RegExp(`#${cursed}\\b`))).toHaveLength(1);
  },
  async crash({ driver, word, tell, failed, handledOnce, event }) {
    const file = `go-${word}`;
    const id = await tell(SUBJECTS[driver].waitFor(file));
    await event('turn.tool_call', ({ input }) => JSON.stringify(input).includes(file));
    const kill = `tr '\\0' ' ' < $p/cmdline | grep -q ${SUBJECTS[driver].process} && kill -9 \${p#/proc/}`;
    await hive.inBox(driver, ['sh', '-c', `for p in /proc/[0-9]*; do ${kill}; done 2> /dev/null`]);
    await failed(id);
    await event('cli.exited');
    await writeFile(join(hive.root, 'agents', driver, 'state', file), '');
    await handledOnce(id, 'counted');
  },
};

/** An agent meets a limit, and goes on when it gets another key; when it would have gone on without (epoch ms). */
async function meetLimit(bed: Bed, retryAfter?: number): Promise<number> {
  const { driver, word, meet, tell, failed, toldOnce } = bed;
  const time = retryAfter === undefined ? {} : { retryAfter };
  meet({ status: 429, message: 'Rate limit reached for requests.', ...time });
  const id = await tell(reply(word));
  await failed(id);
  const agent = await hive.until(async () => {
    const now = (await hive.admin.call('getAgent', { name: driver as AgentName })).agent;
    return now.state === 'rate_limited' && now;
  }, `${driver} to wait for the limit`);
  expect(agent).toMatchObject({ queued: 1, reason: expect.any(String) });
  meet(null);
  await newKey(driver);
  await toldOnce(id);
  return agent.until ?? 0;
}

/** The provider refuses the agent's conversation, with this message; a fresh one is not refused. */
async function spendConversation(bed: Bed, message: string): Promise<void> {
  const { word, meet, tell, failed, toldOnce, handledOnce, event } = bed;
  await handledOnce(await tell(`mark-${word}`));
  meet({ status: 400, message, onlyWith: `mark-${word}` });
  const id = await tell(reply(word));
  const why = await failed(id);
  expect(why).toMatch(/image|too (?:long|large)/i);
  await event('conversation.dropped', ({ reason }) => reason === why);
  await toldOnce(id);
}

async function meetFault(driver: DriverName, fault: Exclude<HiveFault, 'hived_away'>): Promise<void> {
  const bed = await makeBed(driver, fault);
  await CASES[fault](bed);
  await bed.seen();
}

/** Lets an agent meet the faults of its column, one after the other. */
async function runColumn(driver: DriverName): Promise<void> {
  let before = Promise.resolve();
  for (const fault of hiveFaults(driver)) {
    if (fault === 'hived_away') continue;
    const run = before.then(() => meetFault(driver, fault));
    keep(`${driver} ${fault}`, run);
    // A case that failed shall not fail the next ones.
    before = run.finally(() => provider.setFault(driver, null)).catch(() => newKey(driver));
  }
  await before;
}

/**
 * hived dies while each model is about to call a tool of the hive, and the answers come before it is back: the calls
 * find nobody. A turn that is repeated calls the tool once more.
 */
function runTogether(fault: 'hived_away', columns: readonly Promise<void>[]): void {
  const away = Promise.all(columns).then(async () => {
    const beds = await Promise.all(DRIVER_NAMES.map((driver) => makeBed(driver, fault)));
    const told = await Promise.all(
      beds.map(async (bed) => {
        const arrived = provider.hold(bed.driver);
        const id = await bed.tell(reply(bed.word));
        await arrived;
        return { bed, id };
      }),
    );
    await hive.kill();
    provider.release();
    await hive.start();
    return new Map(told.map(({ bed, id }) => [bed.driver, bed.handledOnce(id, 'counted').then(bed.seen)]));
  });
  for (const driver of DRIVER_NAMES)
    keep(
      `${driver} ${fault}`,
      away.then((ends) => ends.get(driver)),
    );
}

/** The cell's test, which reads the end, comes later. */
function keep(cell: string, end: Promise<void>): void {
  cells.set(cell, end);
  end.catch(() => undefined);
}

async function makeBed(driver: DriverName, fault: HiveFault): Promise<Bed> {
  const { outcome, state } = FAULTS[FAULT_MATRIX[fault].causes[0]];
  const { lastSeq } = await hive.admin.call('listAgents', {});
  const word = `${fault.replaceAll('_', '-')}-${driver}`;
  const { provider: own } = SUBJECTS[driver];
  /** An event of this agent, of its provider, or of the hive. */
  const isOwn = ({ agent, data }: { agent: string | null; data: Record<string, unknown> }) =>
    agent === driver || (agent === null && (data['provider'] ?? own) === own);
  const find = (kind: string, fits: (data: Record<string, unknown>) => boolean = () => true) => {
    let after = lastSeq;
    const findNewer = async () => {
      const page = await hive.admin.call('listEvents', { after, limit: 1_000, kinds: kind });
      after = page.upTo ?? after;
      return page.events.find((event) => isOwn(event) && fits(event.data));
    };
    return hive.until(findNewer, `${driver}, ${fault}: an event ${kind}`, LONG_MS);
  };
  const ends = (id: number, how: string) => (data: Record<string, unknown>) =>
    data['outcome'] === how && (data['messages'] as number[]).includes(id);
  async function handledOnce(id: number, how?: 'counted'): Promise<void> {
    await find('turn.finished', ends(id, 'done'));
    expect(await receiptOf(id)).toMatchObject({ state: 'done' });
    const all = await hive.events('turn.finished');
    const count = (outcomeOf: string) => all.filter(({ data }) => ends(id, outcomeOf)(data)).length;
    expect(count('done')).toBe(1);
    // A machine that is busy enough loses a turn, which may count.
    if (how !== 'counted' && count('lost') === 0) expect(failuresOf(id)).toEqual([0]);
  }
  return {
    driver,
    word,
    meet: (given) => provider.setFault(driver, given),
    tell: async (body) => (await hive.admin.call('send', { to: driver, body })).id,
    event: async (kind, fits) => void (await find(kind, fits)),
    async seen() {
      const row: FaultRow = FAULT_MATRIX[fault];
      if (row.seenIn === undefined) for (const kind of eventsSeen(row)) await find(kind);
    },
    async failed(id) {
      const { reason } = (await find('turn.finished', ends(id, outcome))).data;
      // The state of an earlier turn may be reported late.
      await find('harness.state', (now) => now['state'] === state && now['reason'] === reason);
      return String(reason);
    },
    handledOnce,
    async toldOnce(id, how) {
      await handledOnce(id, how);
      const { messages } = await hive.admin.call('listMessages', { of: 'operator', limit: 200 });
      expect(messages.filter(({ from, body }) => from === driver && body === word)).toHaveLength(1);
    },
  };
}

const inboxWith = async (text: string | RegExp) =>
  (await hive.admin.call('inbox', {})).messages.filter(({ body }) =>
    typeof text === 'string' ? body.includes(text) : text.test(body),
  );
const receiptOf = async (id: number) =>
  (await hive.admin.call('getThread', { id })).messages.find((one) => one.id === id)?.receipts[0];

/** The counted failures of a message, which nothing but the store knows. */
function failuresOf(id: number): unknown[] {
  const db = new Database(join(hive.root, 'hive.db'), { readonly: true });
  try {
    return db.prepare('SELECT failures FROM deliveries WHERE message_id = ?').pluck().all(id);
  } finally {
    db.close();
  }
}

describe.each(DRIVER_NAMES)('%s', (driver) => {
  test.each(hiveFaults(driver))('%s', async (fault) => {
    await cells.get(`${driver} ${fault}`);
  });
});
