import { expect, test } from 'vitest';
import { createTakeover, refuseTakeover, type TakeoverEngine, type TakeoverFacts, type Visitor } from './takeover.ts';

const FREE: TakeoverFacts = { sessionId: 's', hasTerminal: true };
const LAUNCH = { argv: ['cli'], env: {}, cwd: '/' };
const never = new AbortController().signal;
const visitor = (more: Partial<Visitor> = {}): Visitor => ({ gone: never, onWait: () => undefined, ...more });

const serving = (more: Partial<TakeoverEngine> = {}) => {
  const takeover = createTakeover();
  takeover.serve({
    facts: () => FREE,
    isHeldForPerson: async () => true,
    turnRuns: () => false,
    turnOver: async () => undefined,
    launch: async () => LAUNCH,
    left: async () => undefined,
    ...more,
  });
  return takeover;
};

async function begin(takeover: ReturnType<typeof createTakeover>, who = visitor()) {
  const begun = await takeover.begin(who);
  if ('refused' in begun) throw new Error(begun.refused);
  return begun;
}

test.each<[string, Partial<TakeoverFacts>, string | null]>([
  ['nothing is in the way', {}, null],
  ['there is no conversation', { sessionId: null }, 'no conversation'],
  ['the driver has no terminal', { hasTerminal: false }, 'no terminal interface'],
  ['a UUID', { sessionId: '01a22236-add2-7071-955b-1a899d47ef91' }, null],
  ['an ID that a program would take for an option', { sessionId: '--yolo' }, 'cannot be passed'],
  ['an ID with a blank', { sessionId: 's --yolo' }, 'cannot be passed'],
])('a conversation is given to a person, or not: %s', (_, facts, sentence) => {
  const refused = refuseTakeover({ ...FREE, ...facts });
  if (sentence === null) expect(refused).toBeNull();
  else expect(refused).toContain(sentence);
});

test('before the engine works, and while somebody else is in the conversation, it is refused', async () => {
  expect(await createTakeover().begin(visitor())).toHaveProperty('refused');
  const takeover = serving();
  const { end } = await begin(takeover);
  expect(await takeover.begin(visitor())).toEqual({ refused: expect.stringContaining('Somebody else') as string });
  await end();
  await begin(takeover);
});

test('a program of the agent gets nothing without a hold of the hive, and no turn waits for it', async () => {
  const takeover = serving({ isHeldForPerson: async () => false });
  expect(await takeover.begin(visitor())).toEqual({ refused: expect.stringContaining('hivectl attach') as string });
  await takeover.takeBack(never);
  const alone = serving({ isHeldForPerson: () => Promise.reject(new Error('hived is away')) });
  expect(await alone.begin(visitor())).toEqual({ refused: expect.stringContaining('does not answer') as string });
});

test('a turn that is offered takes the conversation back, and begins when what the person used has ended', async () => {
  const steps: string[] = [];
  const takeover = serving({ left: async () => void steps.push('the driver let go') });
  const { wantedBack, end } = await begin(takeover);
  const back = takeover.takeBack(never).then(() => steps.push('the turn begins'));
  expect(wantedBack.aborted).toBe(true);
  steps.push('the person is told');
  await end();
  await back;
  expect(steps).toEqual(['the person is told', 'the driver let go', 'the turn begins']);
});

test('whoever comes during a turn waits for its end, and may leave before', async () => {
  let runs = true;
  let over = () => {};
  const takeover = serving({
    turnRuns: () => runs,
    turnOver: (gone) =>
      new Promise((resolve) => {
        over = resolve;
        gone.addEventListener('abort', () => resolve(), { once: true });
      }),
  });
  const gone = new AbortController();
  await new Promise<void>((resolve) => {
    void takeover.begin(visitor({ gone: gone.signal, onWait: resolve }));
  });
  gone.abort();
  await takeover.takeBack(never);
  const second = await new Promise<ReturnType<typeof begin>[]>((resolve) => {
    const begun = begin(takeover, visitor({ onWait: () => queueMicrotask(() => resolve([begun])) }));
  });
  runs = false;
  over();
  await Promise.all(second.map(async (begun) => (await begun).end()));
  await takeover.takeBack(never);
});

test('a program that cannot be prepared leaves the conversation free', async () => {
  const takeover = serving({ launch: () => Promise.reject(new Error('no space left')) });
  expect(await takeover.begin(visitor())).toEqual({ refused: expect.stringContaining('no space left') as string });
  await takeover.takeBack(never);
});
