import type { CliPart } from './clis.ts';

/** OpenCode. Its native binary needs glibc, and a processor with AVX2. */
export const opencode: CliPart = {
  title: 'OpenCode',
  packageOf: (version, arch) => ({ name: `opencode-linux-${arch}`, version }),
  program: () => 'bin/opencode',
  pinned: [
    {
      version: '1.18.33',
      integrity: {
        x64: 'sha512-q/t/3p2CTxOT9y2kvjesb/LZab2+1eqlhhWA02Be6mjTtmYtNBcBsrI5yDo4Fw7ZSPBW2oyMIGMNRqiKQjiAWw==',
      },
    },
  ],
};
