import { ChildProcess } from 'node:child_process';
import { Readable, Writable } from 'node:stream';

/**
 * Starts a child process so that a start that fails is always told by its event "error": for want of memory Node throws
 * instead, and for want of descriptors it makes a child without pipes (`hasPipes`).
 */
export function beginChild(start: () => ChildProcess): ChildProcess {
  try {
    return start();
  } catch (error) {
    const child = new ChildProcess();
    process.nextTick(() => child.emit('error', error));
    return child;
  }
}

/** Whether a child that was to have three pipes has them. Without, it never starts. */
export function hasPipes(
  child: ChildProcess,
): child is ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable } {
  return child.stdin instanceof Writable && child.stdout instanceof Readable && child.stderr instanceof Readable;
}
