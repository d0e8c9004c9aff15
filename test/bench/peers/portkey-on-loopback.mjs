// Loaded before Portkey's server, which would listen on all addresses of the machine.
import { Server } from 'node:net';

const { listen } = Server.prototype;
Server.prototype.listen = function listenOnLoopback(port, ...rest) {
  return listen.call(this, { port, host: '127.0.0.1' }, ...rest.filter((one) => typeof one === 'function'));
};

// It adds headers to the answers of fetch, which Node does not allow.
const { fetch } = globalThis;
globalThis.fetch = async (...args) => {
  const answer = await fetch(...args);
  return new Response(answer.body, answer);
};
