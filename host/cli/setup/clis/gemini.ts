import type { CliPart } from './clis.ts';

/** A package for every processor. */
const anywhere = (integrity: string) => ({ x64: integrity, arm64: integrity });

/** Gemini CLI. JavaScript, run by the box's node; its optional packages for terminals and key rings are left out. */
export const gemini: CliPart = {
  title: 'Gemini CLI',
  packageOf: (version) => ({ name: '@google/gemini-cli', version }),
  program: () => 'bundle/gemini.js',
  pinned: [
    {
      version: '0.61.0',
      integrity: anywhere(
        'sha512-dbQ9A0qBtFJNi6XBkHvfZ6Azpn6PNgH/P8h2MZ67RLlX8hSAVjup39CRWqdRxZv7YXIuhrFaytr8y0jKnkoxnQ==',
      ),
    },
    {
      version: '0.60.0',
      integrity: anywhere(
        'sha512-bp6aLytN+beto8sTHIzMyK5Y6Ry5mMZrBdNGx3EiAjqIpS99B8c/Elha6xyYRIabgFs0Q75/xDauNRAqHGY34w==',
      ),
    },
  ],
};
