// Native callers of an agent's socket, in a process of its own: plain HTTP/1.1 over kept-alive Unix
// connections, one request at a time on each, as a harness would. Prints one JSON line.
// usage: node load-sends.mjs SOCKET[,SOCKET…] CALLERS SECONDS TO
import { createConnection } from 'node:net';

const [sockets, callers, seconds, to] = process.argv.slice(2);
const paths = sockets.split(',');
const body = JSON.stringify({
  to,
  body: 'a message of ordinary length, as agents write them to each other all day long',
});
const request = `POST /messages HTTP/1.1\r\nHost: hive\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
/** Compilers and caches get this long before anything counts. */
const WARM_UP_MS = 1_000;
const times = [];
let failed = 0;
let counting = false;
let stop = false;

function call(path) {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    let began = 0;
    let buffered = '';
    const send = () => {
      began = performance.now();
      socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.on('data', (chunk) => {
      buffered += chunk;
      const head = buffered.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(buffered)?.[1] ?? 0);
      if (buffered.length < head + 4 + length) return;
      if (counting) {
        if (!buffered.startsWith('HTTP/1.1 200')) failed += 1;
        times.push(performance.now() - began);
      }
      buffered = '';
      if (stop) socket.end();
      else send();
    });
  });
}

let from = 0;
let until = 0;
const calls = Array.from({ length: Number(callers) }, (_, n) => call(paths[n % paths.length]));
setTimeout(() => {
  counting = true;
  from = performance.now();
}, WARM_UP_MS);
setTimeout(
  () => {
    counting = false;
    until = performance.now();
    stop = true;
  },
  WARM_UP_MS + Number(seconds) * 1_000,
);
await Promise.all(calls);
times.sort((a, b) => a - b);
const at = (q) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? null;
process.stdout.write(
  `${JSON.stringify({ sent: times.length, failed, rate: (times.length / (until - from)) * 1_000, p50: at(0.5), p99: at(0.99) })}\n`,
);
