import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestHive } from '../../support/test-hive.ts';
import { type BenchRun, type Figure, median, type Scenario } from '../figure.ts';
import { installPeers, type PeerPackage } from '../peers/install.ts';
import { prepareNats } from '../peers/nats.ts';
import { CALLERS, type Peer } from '../peers/peer.ts';
import { preparePostgres } from '../peers/postgres.ts';
import { prepareRedis } from '../peers/redis.ts';
import { runLoad } from '../processes.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const SENDERS = ['manager', 'ada', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gil'];
const RECIPIENT = 'scout';
const ROUNDS = 3;
const SECONDS = 4;

type PeerName = Peer['name'];

const PACKAGES: Record<PeerName, PeerPackage> = {
  'peer.postgres': 'postgresql',
  'peer.redis': 'redis-server',
  'peer.nats': 'nats-server',
};

/** Durable messages of other programs on this machine, alternating with sends through hived. */
export const peers: Scenario = {
  names: Object.keys(PACKAGES),
  async run(bench) {
    const { say, atEnd } = bench;
    const prepared = await preparePeers(bench);
    const hive = await openTestHive({ agents: [...SENDERS, RECIPIENT], config: WITHOUT_BOXES });
    atEnd(hive.close);
    await hive.start();
    const sockets = SENDERS.map((name) => join(hive.run, 'agents', name, 'hived/agent.sock'));
    const ours: number[] = [];
    const theirs = new Map<PeerName, number[]>(prepared.map(({ name }) => [name, []]));
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(`sends, round ${round} of ${ROUNDS}`);
      ours.push((await runLoad({ sockets, callers: CALLERS, seconds: SECONDS, to: RECIPIENT })).rate);
      for (const peer of prepared) {
        say(`${peer.name}, round ${round} of ${ROUNDS}`);
        theirs.get(peer.name)!.push(await peer.measure(SECONDS));
      }
    }
    return [...theirs].map(([name, rates]): Figure => {
      return { name, value: median(rates), unit: '1/s', floor: null, ours: median(ours) };
    });
  },
};

async function preparePeers({ say, wants, atEnd }: BenchRun): Promise<Peer[]> {
  const wanted = (Object.keys(PACKAGES) as PeerName[]).filter(wants);
  await installPeers(
    wanted.map((name) => PACKAGES[name]),
    say,
  );
  const dir = await mkdtemp(join(tmpdir(), 'hb-peers-'));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  // Servers that run as nobody need to reach their own directories in it.
  await chmod(dir, 0o711);
  const prepare: Record<PeerName, (below: string) => Promise<Peer>> = {
    'peer.postgres': preparePostgres,
    'peer.redis': prepareRedis,
    'peer.nats': (below) => prepareNats(below, say),
  };
  const made: Peer[] = [];
  for (const name of wanted) made.push(await prepare[name](join(dir, PACKAGES[name])));
  return made;
}
