import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CALLS, type SpokenCall } from './samples.ts';

/**
 * A provider on loopback, in a process of its own. It answers each protocol's call with a stream: at once, or with
 * `chunks` pieces of text, one every `everyMs`, that hold the time at which they are written. Arguments: chunks, everyMs;
 * 0 chunks answer at once. Prints its port.
 */
const [chunks = 0, everyMs = 0] = process.argv.slice(2).map(Number);

const server = createServer((request, response) => {
  const path = request.url ?? '';
  const call = Object.values(CALLS).find((one) => path.startsWith(one.path.split('?')[0] ?? one.path));
  request.resume().once('end', () => {
    if (call === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    return chunks === 0 ? answerAtOnce(response, call) : answerInPieces(response, call);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

function answerAtOnce(response: ServerResponse, { sample }: SpokenCall): void {
  const [first = '', ...rest] = sample.stream;
  response.write(first);
  response.end(rest.join(''));
}

/** The text stands before the last events of the sample, which end the message. */
function answerInPieces(response: ServerResponse, { sample }: SpokenCall): void {
  const [head, tail] = [sample.stream.slice(0, TEXT_AT), sample.stream.slice(TEXT_AT)];
  response.write(head.join(''));
  let left = chunks;
  const timer = setInterval(() => {
    if (left === 0) {
      clearInterval(timer);
      return void response.end(tail.join(''));
    }
    left -= 1;
    response.write(sample.textEvent(`@${process.hrtime.bigint()}@ some words as a model writes them `));
    return undefined;
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}

/** Of the protocol that is measured in pieces, Anthropic's: behind the first piece of text. */
const TEXT_AT = 4;
