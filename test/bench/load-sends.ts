// Callers of an agent's socket, in a separate process, each with one call at a time, as a harness would. Prints one
// JSON line. usage: node load-sends.mjs WIRE SOCKET[,SOCKET…] CALLERS SECONDS TO
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { connectFrames } from '../../wire/frames/connect-frames.ts';

/** One caller: makes one call and resolves when it succeeded. */
interface Caller {
  call: () => Promise<void>;
  close: () => void;
}

const BODY = 'a message of ordinary length, as agents write them to each other all day long';
/** Warm-up for compilers and caches before anything is counted. */
const WARM_UP_MS = 1_000;

const [wire = '', sockets = '', callers = '', seconds = '', to = ''] = process.argv.slice(2);

/** The protocols that callers can use. */
const CONNECT: Record<string, (path: string) => Promise<Caller>> = {
  /** The harness's own client. */
  async frames(path) {
    const hive = connectFrames(agentSurface, path);
    return { call: async () => void (await hive.call('send', { to, body: BODY })), close: hive.close };
  },
  /** HTTP/1.1 written by hand over one kept-alive connection: cheaper for the caller than any HTTP library. */
  async http(path) {
    const body = JSON.stringify({ to, body: BODY });
    const request = `POST /messages HTTP/1.1\r\nHost: hive\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const socket = await connect(path);
    socket.setEncoding('latin1');
    return {
      async call() {
        const answer = await exchange(socket, request, isWholeAnswer);
        if (!answer.startsWith('HTTP/1.1 200')) throw new Error(answer);
      },
      close: () => socket.end(),
    };
  },
  /** One byte to an echo server and back: the machine's own time for a round trip. */
  async bytes(path) {
    const socket = await connect(path);
    socket.setEncoding('latin1');
    return { call: async () => void (await exchange(socket, 'x', () => true)), close: () => socket.end() };
  },
};

async function connect(path: string): Promise<Socket> {
  const socket = createConnection({ path });
  await once(socket, 'connect');
  return socket;
}

/** Writes a request and resolves with the text of its answer. */
function exchange(socket: Socket, request: string, isWhole: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onClose = () => reject(new Error('the connection broke'));
    const onData = (chunk: string) => {
      text += chunk;
      if (!isWhole(text)) return;
      socket.off('data', onData).off('close', onClose);
      resolve(text);
    };
    socket.on('data', onData).on('close', onClose);
    socket.write(request);
  });
}

function isWholeAnswer(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  return head >= 0 && text.length >= head + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
}

const times: number[] = [];
let failed = 0;
const startAt = performance.now() + WARM_UP_MS;
const endAt = startAt + Number(seconds) * 1_000;

async function keepCalling(path: string): Promise<void> {
  const caller = await CONNECT[wire]!(path);
  for (;;) {
    const began = performance.now();
    if (began > endAt) break;
    const isGood = await caller.call().then(
      () => true,
      () => false,
    );
    const ended = performance.now();
    if (began < startAt || ended > endAt) continue;
    times.push(ended - began);
    if (!isGood) failed += 1;
  }
  caller.close();
}

const paths = sockets.split(',');
await Promise.all(Array.from({ length: Number(callers) }, (_, n) => keepCalling(paths[n % paths.length]!)));
times.sort((a, b) => a - b);
const at = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? null;
const rate = times.length / Number(seconds);
process.stdout.write(`${JSON.stringify({ sent: times.length, failed, rate, p50: at(0.5), p99: at(0.99) })}\n`);
