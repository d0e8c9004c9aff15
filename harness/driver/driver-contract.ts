import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DriverName, DRIVERS } from '../../protocol/drivers/drivers.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import type { SendInput } from '../../protocol/schemas/message.ts';
import type { RawKind } from '../../protocol/schemas/raw-lines.ts';
import { readRssBytes } from '../../system/process/inspect-process.ts';
import type { ForgeClient } from '../hive-link/forge-client.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { type McpServer, openMcpServer } from '../mcp/mcp-server.ts';
import { mailOf } from '../testing/mail-of.ts';
import { createTurnMail } from '../turn/turn-mail.ts';
import type { Driver, DriverPlace, TurnRequest } from './driver.ts';
import { NO_USAGE } from './usage.ts';

/** Behaviour that a driver's program is made to show. Each driver's own test implements it. */
export type Scenario =
  /** Answers with the text of its prompt, in the session that it was asked to continue. */
  | 'answers'
  /** Calls the hive's tool `send` with the body "hello" to "manager". */
  | 'calls_tool'
  /** Runs a tool until a file "go" exists in its directory, then ends its turn. */
  | 'works_until_go'
  /** Writes a file "made.txt" with the lines "hello" and "you" into its directory. */
  | 'changes_file'
  | 'hits_limit'
  | 'needs_login'
  | 'meets_outage'
  | 'crashes'
  /** Accepts its prompt and never reacts again. */
  | 'hangs'
  /** Writes some text, then nothing more; must be stopped after 300 ms of silence. */
  | 'falls_silent'
  /** Prints text that is no event, and events of an unknown kind, between those of a valid turn. */
  | 'prints_garbage'
  /** Prints a line of 50 MB, then says "after it" and ends its turn. */
  | 'prints_long_line'
  /** Uses 200 tokens of input, 20 of output, 2 of the cache and 0.5 USD in each turn. */
  | 'counts'
  /** Answers with the pid of a child of its own; neither ends on SIGTERM. */
  | 'ignores_sigterm'
  /** Is not installed. */
  | 'missing';

/** A driver under test. */
export interface DriverSubject {
  readonly driver: DriverName;
  /** PATH of its programs. */
  readonly path: string;
  /**
   * Scenarios of one and the same program, which a prompt alone chooses. One driver serves all their tests, as in a box:
   * a real CLI that is kept warm takes seconds of processor time to start.
   */
  readonly shared?: readonly Scenario[];
  /** Creates the driver with a program for this scenario, and the prompt that triggers it. */
  open(scenario: Scenario, place: DriverPlace): { driver: Driver; prompt: string };
}

/** Where a driver under test works. */
interface Place {
  readonly dir: string;
  readonly mcp: McpServer;
}

/**
 * Test support: checks a driver against the interface, according to its declared facts. Every driver's own test calls
 * this.
 */
export function describeDriver(subject: DriverSubject): void {
  const { capabilities } = DRIVERS[subject.driver];
  let home = '';
  let events: { kind: SpooledEvent['kind']; data: Record<string, unknown> }[] = [];
  let raw: { kind: RawKind; text: string }[] = [];
  let sent: SendInput[] = [];
  let shared: { place: Place; driver: Driver | null } | null = null;
  let own: { place: Place; drivers: Driver[] } | null = null;

  /** A directory, with an MCP server for the agent that lives there. */
  async function openPlace(): Promise<Place> {
    const dir = await mkdtemp(join(tmpdir(), 'driver-'));
    const call = async (name: string, input: SendInput) => {
      if (name === 'send') sent.push(input);
      return { id: 7, thread: 7, recipients: 1, unavailable: [], notes: [], delivered: [], waiting: [] };
    };
    const hive = { call, close: () => undefined } as unknown as HiveClient;
    const mcp = await openMcpServer(
      {
        hive,
        forge: hive as unknown as ForgeClient,
        newKey: randomUUID,
        now: Date.now,
        mail: createTurnMail(),
        stateDir: dir,
      },
      { port: 0, secret: 'secret', version: '0', isMember: () => false },
    );
    return { dir, mcp };
  }

  async function closePlace({ dir, mcp }: Place, drivers: readonly Driver[]): Promise<void> {
    await Promise.all(drivers.map((driver) => driver.letGo('The test is over.')));
    await mcp.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }

  beforeEach(() => {
    events = [];
    raw = [];
    sent = [];
  });

  afterEach(async () => {
    if (own !== null) await closePlace(own.place, own.drivers);
    own = null;
    for (const file of ['go', 'made.txt']) if (shared !== null) await rm(join(shared.place.dir, file), { force: true });
  });

  afterAll(async () => {
    if (shared !== null) await closePlace(shared.place, shared.driver === null ? [] : [shared.driver]);
  });

  async function open(scenario: Scenario) {
    if (subject.shared?.includes(scenario) === true) {
      shared ??= { place: await openPlace(), driver: null };
      const made = create(scenario, shared.place);
      shared.driver ??= made.driver;
      return opened(shared.driver, made.prompt);
    }
    own ??= { place: await openPlace(), drivers: [] };
    const made = create(scenario, own.place);
    own.drivers.push(made.driver);
    return opened(made.driver, made.prompt);
  }

  function create(scenario: Scenario, { dir, mcp }: Place) {
    home = dir;
    return subject.open(scenario, {
      agent: 'scout' as AgentName,
      parent: 'manager' as AgentName,
      spec: {
        role: 'tester',
        driver: subject.driver,
        model: 'm',
        image: 'none',
        tools: [],
        prompt: '',
        limits: { memoryMb: 1_024, cpus: 1, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 },
        turnTimeoutMs: 60_000,
      },
      systemPrompt: 'You are a test.',
      stateDir: dir,
      harnessDir: dir,
      toolchain: '/nowhere',
      cliDir: null,
      passedOn: { PATH: subject.path, HOME: dir },
      mcp: { url: mcp.url, token: 'secret' },
      gatewayUrl: 'http://127.0.0.1:1',
      forgeUrl: 'http://127.0.0.1:1',
      providerHeardAt: () => 0,
      warmIdleMs: 60_000,
      emit: (kind, data) => void events.push({ kind, data }),
      record: (kind, text) => void raw.push({ kind, text }),
      log: () => undefined,
      newUuid: randomUUID,
      now: Date.now,
    });
  }

  function opened(driver: Driver, prompt: string) {
    const turn = (more: Partial<TurnRequest> = {}): TurnRequest => ({
      turn: 7,
      prompt: { text: prompt, messages: [mailOf(41, prompt), mailOf(42)] },
      sessionId: null,
      timeoutMs: 120_000,
      signal: new AbortController().signal,
      takeFetched: () => [],
      takeAllFetched: () => [],
      ...more,
    });
    return { driver, turn };
  }

  const dataOf = (kind: SpooledEvent['kind']) =>
    events.filter((event) => event.kind === kind).map((event) => event.data);
  const inContext = () => dataOf('delivery.in_context').flatMap(({ messages }) => messages);

  describe(`the driver contract: ${subject.driver}`, () => {
    test('a turn ends as done with a text, a transcript, a session and the receipts of its messages; its lines are recorded', async () => {
      const { driver, turn } = await open('answers');
      const report = await driver.runTurn(turn());
      expect(report).toMatchObject({ verdict: { kind: 'done' }, answered: true });
      expect(report.text).not.toBe('');
      expect(report.sessionId).toMatch(/^\S+$/);
      expect(dataOf('turn.text')).toContainEqual({ turn: 7, text: report.text, truncated: false });
      expect(inContext()).toEqual([41, 42]);
      expect(driver.activity()).toBeNull();

      // And everything that is said to the program and by it is recorded, with its start and its end.
      await driver.letGo('The test is over.');
      await expect.poll(() => raw.at(-1)?.kind).toBe('exit');
      expect(raw[0]).toMatchObject({ kind: 'start', text: expect.stringMatching(/^\["/) });
      const said = (kind: RawKind) => raw.filter((line) => line.kind === kind).map(({ text }) => text);
      expect(said('stdin').join('\n')).toContain('what is new');
      expect(said('stdout').length).toBeGreaterThan(0);
    });

    test('a person’s terminal interface is there if its facts say so, and continues the conversation', async () => {
      const { driver } = await open('answers');
      const launch = await driver.attach?.('the-conversation');
      expect(launch === undefined ? 'none' : 'resumed').toBe(capabilities.terminal);
      if (launch !== undefined) expect(launch.argv.join(' ')).toContain('the-conversation');
    });

    test("the hive's tools are reached over MCP", async () => {
      const { driver, turn } = await open('calls_tool');
      expect((await driver.runTurn(turn())).verdict).toEqual({ kind: 'done' });
      expect(sent).toEqual([expect.objectContaining({ to: 'manager', body: 'hello' })]);
    });

    test('a changed file is in the transcript as a diff, with the call that changed it', async () => {
      const { driver, turn } = await open('changes_file');
      expect((await driver.runTurn(turn())).verdict).toEqual({ kind: 'done' });
      const [call] = dataOf('turn.tool_call');
      expect(dataOf('turn.file_change')).toEqual([
        {
          turn: 7,
          id: call?.['id'],
          path: join(home, 'made.txt'),
          change: 'added',
          movedTo: null,
          added: 2,
          removed: 0,
          diff: '@@ -0,0 +1,2 @@\n+hello\n+you\n',
          truncated: false,
        },
      ]);
    });

    test('a session is continued, and a fresh one is another', async () => {
      const { driver, turn } = await open('answers');
      const first = await driver.runTurn(turn());
      const second = await driver.runTurn(turn({ sessionId: first.sessionId }));
      expect([second.verdict.kind, second.sessionId]).toEqual(['done', first.sessionId]);
      const fresh = await driver.runTurn(turn());
      expect(fresh.verdict.kind).toBe('done');
      expect(fresh.sessionId).not.toBe(first.sessionId);
    });

    test('a missing session is replaced in the same turn', async () => {
      const { driver, turn } = await open('answers');
      const gone = '11111111-1111-4111-8111-111111111111';
      const report = await driver.runTurn(turn({ sessionId: gone }));
      expect(report.verdict).toEqual({ kind: 'done' });
      expect(report.sessionId).not.toBe(gone);
      expect(inContext()).toEqual([41, 42]);
    });

    test('an interrupt stops a running tool; the next turn runs', async () => {
      const stop = new AbortController();
      const { driver, turn } = await open('works_until_go');
      const running = driver.runTurn(turn({ signal: stop.signal }));
      await expect.poll(() => dataOf('turn.tool_call').length).toBe(1);
      expect(driver.activity()?.tool?.name).toBe(String(dataOf('turn.tool_call')[0]?.['tool']));
      stop.abort('operator');
      expect((await running).verdict).toEqual({ kind: 'interrupted', reason: 'The operator interrupted it.' });
      await writeFile(join(home, 'go'), '');
      expect((await driver.runTurn(turn())).verdict).toEqual({ kind: 'done' });
    });

    test('mail for a running turn is accepted or refused as the driver declares', async () => {
      const { driver, turn } = await open('works_until_go');
      const more = { text: 'one more thing', messages: [mailOf(43)] };
      expect(driver.say(more)).toBe(false);
      const running = driver.runTurn(turn());
      await expect.poll(() => dataOf('turn.tool_call').length).toBe(1);
      const isSaid = capabilities.midTurnMail === 'said';
      expect(driver.say(more)).toBe(isSaid);
      await writeFile(join(home, 'go'), '');
      expect(await running).toMatchObject({ verdict: { kind: 'done' }, toolCalls: 1, workCalls: 1 });
      expect(inContext()).toEqual(isSaid ? [41, 42, 43] : [41, 42]);
    });

    test.each([
      ['hits_limit', 'rate_limited'],
      ['needs_login', 'needs_login'],
      ['meets_outage', 'outage'],
    ] as const)('a provider that refuses: %s', async (scenario, kind) => {
      const { driver, turn } = await open(scenario);
      expect((await driver.runTurn(turn())).verdict).toMatchObject({ kind, reason: expect.any(String) });
    });

    test('a crash is a failure that describes how it ended', async () => {
      const { driver, turn } = await open('crashes');
      const { verdict } = await driver.runTurn(turn());
      expect(['failed', 'cli_broken']).toContain(verdict.kind);
      expect(verdict).toMatchObject({ reason: expect.stringMatching(/ended (?:with code|by) /) });
      await expect.poll(() => dataOf('cli.exited').length).toBe(1);
      expect(await driver.rssBytes()).toBeNull();
    });

    test('a program that ignores SIGTERM is killed when it is ended, and so is its child', async () => {
      const { driver, turn } = await open('ignores_sigterm');
      const report = await driver.runTurn(turn());
      expect(report.verdict).toEqual({ kind: 'done' });
      await driver.letGo('The test wants it gone.');
      expect(await readRssBytes(Number(report.text))).toBeNull();
      expect(dataOf('cli.exited')).toMatchObject([{ code: null, signal: 'SIGKILL' }]);
    });

    test('a hang ends with the time-out of the turn, and its program with it', async () => {
      const { driver, turn } = await open('hangs');
      const report = await driver.runTurn(turn({ timeoutMs: 1_000 }));
      expect(report.verdict).toEqual({ kind: 'timed_out', reason: 'The turn took longer than 1000 ms.' });
      await expect.poll(() => dataOf('cli.exited').length).toBe(1);
      expect(await driver.rssBytes()).toBeNull();
    });

    test('silence while no tool runs is not blamed on the mail', async () => {
      const { driver, turn } = await open('falls_silent');
      const { verdict } = await driver.runTurn(turn());
      expect(['outage', 'cli_broken']).toContain(verdict.kind);
      expect(verdict).toMatchObject({ reason: expect.stringContaining('said nothing for 300 ms') });
    });

    test('garbage and events of unknown kinds are counted and ignored', async () => {
      const { driver, turn } = await open('prints_garbage');
      expect((await driver.runTurn(turn())).verdict).toEqual({ kind: 'done' });
      expect(dataOf('turn.noise')).toEqual([
        { turn: 7, lines: expect.any(Number), sample: 'Segmentation fault (just kidding)' },
      ]);
    });

    test('a line of 50 MB costs little memory and not the turn', async () => {
      const before = process.memoryUsage.rss();
      const { driver, turn } = await open('prints_long_line');
      expect(await driver.runTurn(turn())).toMatchObject({ verdict: { kind: 'done' }, text: 'after it' });
      expect(dataOf('turn.noise')).toEqual([{ turn: 7, lines: 1, sample: '(a line longer than 4 MiB)' }]);
      expect(process.memoryUsage.rss() - before).toBeLessThan(48 * 1024 * 1024);
    });

    test('each turn reports its own usage', async () => {
      const { driver, turn } = await open('counts');
      const first = await driver.runTurn(turn());
      const second = await driver.runTurn(turn({ sessionId: first.sessionId }));
      const reported = { inputTokens: 200, outputTokens: 20, cacheReadTokens: 2, cacheWriteTokens: 0, costUsd: 0.5 };
      const counted = { ...reported, costUsd: capabilities.usage === 'tokens' ? null : reported.costUsd };
      const each = capabilities.usage === 'gateway' ? NO_USAGE : counted;
      expect([first.usage, second.usage]).toEqual([each, each]);
      expect(dataOf('cli.started')).toHaveLength(capabilities.process === 'kept_warm' ? 1 : 2);
    });

    test('a missing program is reported as such, and loses no session', async () => {
      const { driver, turn } = await open('missing');
      const report = await driver.runTurn(turn({ sessionId: 'abc' }));
      const reason = expect.stringContaining('could not be started') as string;
      expect(report).toMatchObject({ verdict: { kind: 'cli_broken', reason }, sessionId: 'abc' });
      expect(inContext()).toEqual([]);
    });
  });
}
