import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { adminSurface } from '../protocol/operations/admin.ts';
import { agentSurface } from '../protocol/operations/agent.ts';
import { operatorSurface } from '../protocol/operations/operator.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import { describeSurface } from './openapi.ts';

const FRAMES =
  ' All but streams and files can be called over frames too, by their operationId: GET /frames with "Upgrade: hive-frames", then 4 bytes of length (big-endian) and a JSON array, [id, operation, input], answered by [id, 0, output] or [id, 1, error]; [id, 2] takes a call back.';

const SURFACES = {
  agent: { surface: agentSurface, who: "one agent's socket, for its harness and (tools) its LLM", also: FRAMES },
  operator: { surface: operatorSurface, who: 'the operator, through the dashboard (under /api)' },
  admin: { surface: adminSurface, who: 'hivectl' },
  forge: { surface: forgeSurface, who: "the operator's socket of the forge" },
};

// `npm run docs` writes the files; this test fails when they are out of date.
test.each(Object.entries(SURFACES))(
  'docs/api/%s.openapi.json matches the declarations',
  (name, { surface, who, ...more }) => {
    const file = new URL(`../docs/api/${name}.openapi.json`, import.meta.url);
    const info = {
      title: `Hyperhive: ${name}`,
      version: manifest.version,
      description: `What ${who} may ask.${'also' in more ? more.also : ''}`,
    };
    const text = `${JSON.stringify(describeSurface(surface, info), null, 2)}\n`;
    if (process.env['HIVE_WRITE_DOCS'] === '1') writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);
