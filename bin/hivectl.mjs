#!/usr/bin/env node
// hivectl in a checkout: runs the built bundle, or says how to build it.
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
