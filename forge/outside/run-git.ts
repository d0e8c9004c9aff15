import { keepOutput } from '../../system/process/keep-output.ts';
import type { Git, GitProcess } from '../git/process.ts';
import { explainGit } from './explain-git.ts';
import { outsideGitEnv } from './git-env.ts';
import { OutsideError } from './trouble.ts';
import type { WayOut } from './way-out.ts';

/** How the forge reaches hosts outside. */
export interface Outside {
  readonly way: WayOut;
  /** A file of certificates that git takes in place of its own; null: its own. */
  readonly caFile: string | null;
  /** Certificates that are accepted beside the usual ones, in PEM format. */
  readonly caPem: string | null;
}

export interface OutsideGit {
  readonly argv: readonly string[];
  readonly url: string;
  /** The complete input. */
  readonly input?: string;
  /** Whether a redirect of the first request is followed. */
  readonly followsRedirects: boolean;
  /** The most bytes that may come from outside. */
  readonly maxBytes: number;
  readonly limitMs: number;
  /** Hears git's progress in percent, with the step that it is about. */
  readonly hear?: (step: string, percent: number) => void;
  /** An end with another exit code than 0 that is an answer, too. */
  readonly accepts?: (end: { code: number | null; stdout: string }) => boolean;
  readonly signal: AbortSignal;
}

const MOST_STDOUT = 32 * 1024 * 1024;
const MOST_STDERR = 8_000;

/**
 * Runs a git that works with a server outside, by the gateway. Throws OutsideError with the reason, and the signal's reason
 * when it fires; git's group is ended then.
 */
export async function runOutsideGit(
  core: { readonly git: Git; readonly outside: Outside },
  call: OutsideGit,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { way, caFile } = core.outside;
  const { argv, url, input, followsRedirects, maxBytes, signal, limitMs } = call;
  // Before hived's first word a server could seem to refuse the hive.
  const injected = await way.injected(signal);
  const passage = await way.open({ maxBytes });
  const late = AbortSignal.timeout(limitMs);
  let git: GitProcess | null = null;
  const stop = () => git?.kill();
  const both = AbortSignal.any([signal, late]);
  both.addEventListener('abort', stop, { once: true });
  try {
    const env = outsideGitEnv({ proxyUrl: passage.proxyUrl, injected, followsRedirects, caFile });
    const errors = keepOutput('end', MOST_STDERR);
    const output = keepOutput('start', MOST_STDOUT);
    git = await core.git.start(argv, env, {
      onStderr: (chunk) => {
        errors.add(chunk);
        for (const [, step = '', percent] of chunk.toString('utf8').matchAll(PROGRESS))
          call.hear?.(step, Number(percent));
      },
    });
    if (both.aborted) git.kill();
    git.stdin.end(input ?? '');
    git.stdout.on('data', output.add);
    const { code } = await git.ended;
    signal.throwIfAborted();
    const stderr = errors.text();
    const isFine = code === 0 || (call.accepts?.({ code, stdout: output.text() }) ?? false);
    if (isFine && !output.isCut()) return { code, stdout: output.text(), stderr };
    const end = { refusal: passage.refusal(), isFull: passage.isFull() || output.isCut(), isLate: late.aborted };
    throw new OutsideError(explainGit({ url, stderr, maxBytes, ...end }), {
      cause: new Error(`git ended with ${code}: ${stderr}`),
    });
  } finally {
    both.removeEventListener('abort', stop);
    git?.kill();
    passage.close();
  }
}

const PROGRESS = /(Counting|Compressing|Receiving|Resolving|Writing) (?:objects|deltas): +(\d{1,3})%/g;
