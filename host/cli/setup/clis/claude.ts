import type { CliPart } from './clis.ts';

/** Claude Code. Its native binary needs only glibc. */
export const claude: CliPart = {
  title: 'Claude Code',
  packageOf: (version, arch) => ({ name: `@anthropic-ai/claude-code-linux-${arch}`, version }),
  program: () => 'claude',
  pinned: [
    {
      version: '2.1.197',
      integrity: {
        x64: 'sha512-rIlKmrY0QMyHgPRX/MYWNj039vbypICvI9jVe3rs9Xy2RnNklySjyPxqh62QadznzoftEO23uYQ1tFePcQ//bg==',
        arm64: 'sha512-sx6SoGj3MNR5CV+YDkNtbLHXa1tn3G8qcYFgm1gnvOi9ODQUKbhiPfankJfkTMDVekOvnKJhm6i9hGFIPzp7cQ==',
      },
    },
  ],
};
