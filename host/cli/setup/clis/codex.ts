import type { CliPart } from './clis.ts';

const TARGETS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Codex of OpenAI. Static binaries; the package of each processor is a version of its own. */
export const codex: CliPart = {
  title: 'Codex',
  packageOf: (version, arch) => ({ name: '@openai/codex', version: `${version}-linux-${arch}` }),
  program: (arch) => `vendor/${TARGETS[arch] ?? arch}-unknown-linux-musl/bin/codex`,
  pinned: [
    {
      version: '0.169.0',
      integrity: {
        x64: 'sha512-o05NyAOCDygSPRo1yinzxvkRSdmsZyBD9E7mbpmjRanSfM8lypqWtQgEo4XfNkwhuCR2aFu8mlGOsQGFXVbVww==',
        arm64: 'sha512-NZ/DaQUpcQmxmqee7Z9uC1rzw3GhSbooawcaTe1LN5Yk+WlinUKGdTXJgClRT/9ogQEEM9TWxYzvxPfj5G/xFg==',
      },
    },
  ],
};
