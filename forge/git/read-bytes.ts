import { HiveError } from '../../protocol/errors.ts';
import { type Git, gitFailed } from './process.ts';

interface ReadBytes {
  readonly maxBytes: number;
  readonly limitMs: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The complete input on stdin. */
  readonly input?: string;
}

/**
 * The output of a short git command as bytes. Throws `payload_too_large` beyond `maxBytes`, `service_unavailable` after
 * `limitMs`, `internal` when git fails.
 */
export async function readBytes(
  git: Git,
  argv: readonly string[],
  { maxBytes, limitMs, env, input }: ReadBytes,
): Promise<Buffer> {
  const running = await git.start(argv, env);
  running.stdin.end(input);
  const late = setTimeout(() => running.kill(), limitMs);
  const began = performance.now();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of running.stdout) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new HiveError('payload_too_large', TOO_LARGE);
      chunks.push(chunk as Buffer);
    }
    const { code, stderr } = await running.ended;
    if (code === 0) return Buffer.concat(chunks);
    if (performance.now() - began >= limitMs)
      throw new HiveError('service_unavailable', 'git took too long for this. Clone the repository instead.');
    throw gitFailed(code, stderr);
  } finally {
    clearTimeout(late);
    running.kill();
    await running.ended;
  }
}

const TOO_LARGE = 'That is too large to be sent this way. Clone the repository instead.';
