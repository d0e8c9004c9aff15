#!/usr/bin/env node
// hivectl in a checkout: the built bundle, or a word on how to get one.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundle = new URL('../dist/hivectl.mjs', import.meta.url);
if (existsSync(bundle)) await import(bundle.href);
else {
  process.stderr.write(
    `error: Hyperhive is not built yet. Run "npm start" in ${fileURLToPath(new URL('..', import.meta.url))} first.\n`,
  );
  process.exitCode = 69;
}
