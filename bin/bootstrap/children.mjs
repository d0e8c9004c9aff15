// @ts-check
// Runs the programs of set-up; they are ended together with this process. Plain Node: no package is installed yet.
import { spawn } from 'node:child_process';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** Thrown by a run that was ended by Ctrl-C or another signal. */
export class Interrupted extends Error {}

/** Thrown when a program failed; `tail` is the end of its output, `advice` the next step for the user. */
export class StepFailed extends Error {
  /**
   * @param {string} message
   * @param {{ tail?: string, advice?: string }} [more]
   */
  constructor(message, more = {}) {
    super(message);
    this.tail = more.tail ?? '';
    this.advice = more.advice ?? '';
  }
}

/**
 * Runs a program in its own process group, so that a signal to this process reaches all its children. `tail` is the end
 * of its output: at most `keep` characters.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, keep?: number }} options
 * @returns {Promise<{ code: number, tail: string }>}
 */
export function run(program, args, { cwd, env = process.env, keep = 8192 }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let tail = '';
    let interrupted = false;
    const collect = (/** @type {Buffer} */ chunk) => {
      tail = (tail + chunk.toString()).slice(-keep);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const stop = () => {
      signalGroup(child.pid, interrupted ? 'SIGKILL' : 'SIGTERM');
      interrupted = true;
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), 5_000).unref();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    const settle = () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    };
    child.once('error', (error) => {
      settle();
      reject(new StepFailed(`${program} could not be run: ${error.message}`));
    });
    child.once('close', (code) => {
      settle();
      if (interrupted) reject(new Interrupted());
      else resolve({ code: code ?? 1, tail });
    });
  });
}

/**
 * Hands over to a program that handles signals itself: each signal is forwarded, and its exit code becomes ours.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export function handOver(program, args, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: 'inherit' });
    const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const each of SIGNALS) process.off(each, pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The process group is gone already.
  }
}
