import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf, readSources, TOP, type Zone, ZONES, zoneOf } from './sources.ts';

/**
 * The imports that each zone may have beside itself and packages. No trust zone imports another: they share protocol/.
 */
const MAY_IMPORT: Record<Zone, readonly Zone[]> = {
  'host/daemon': ['protocol', 'system', 'wire', 'store'],
  'host/gateway': ['protocol', 'system', 'wire', 'store'],
  'host/dashboard': ['protocol', 'system', 'wire', 'store'],
  // The recipe of the base image is text in images/.
  'host/cli': ['protocol', 'system', 'wire', 'store', 'images'],
  harness: ['protocol', 'system', 'wire', 'store'],
  forge: ['protocol', 'system', 'wire', 'store'],
  protocol: [],
  system: [],
  wire: ['protocol', 'system'],
  store: ['protocol', 'system'],
  images: [],
  // Tests of more than one zone.
  test: ZONES.filter((zone) => zone !== 'test'),
};

const sources = readSources();

function localImports(file: { path: string; text: string }): string[] {
  return importsOf(file.text)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(file.path), name.replace(/\?raw$/, ''))));
}

describe('zones', () => {
  test('no zone imports another', () => {
    const wrong = sources.flatMap((file) =>
      localImports(file)
        .map((target) => ({ target, zone: zoneOf(target) }))
        .filter(
          ({ target, zone }) =>
            target !== 'package.json' &&
            !target.startsWith('bin/') &&
            zone !== file.zone &&
            !(zone !== null && MAY_IMPORT[file.zone].includes(zone)),
        )
        .map(({ target }) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('bin/ is imported by tests alone', () => {
    const wrong = sources.filter(
      (file) => file.zone !== 'test' && localImports(file).some((target) => target.startsWith('bin/')),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  test('protocol/ imports zod and nothing else', () => {
    const wrong = sources
      .filter((file) => file.zone === 'protocol' && !file.isTest)
      .flatMap((file) =>
        importsOf(file.text)
          .filter((name) => !name.startsWith('.') && name !== 'zod')
          .map((name) => `${file.path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  test('every import names an existing file, with its extension', () => {
    const wrong = sources.flatMap((file) =>
      localImports(file)
        .filter((target) => !target.startsWith('test/house/example-') && !existsSync(join(TOP, target)))
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('imports are found in all their forms', () => {
    const text =
      "import a from './example-a.ts';\nimport type { B } from \"./example-b.ts\";\nexport * from './example-c.ts';\nimport {\n  d,\n} from './example-d.ts';\nimport './example-e.css';\nconst f = await import('./example-f.ts');\n";
    expect(importsOf(text)).toEqual([
      './example-a.ts',
      './example-b.ts',
      './example-c.ts',
      './example-d.ts',
      './example-e.css',
      './example-f.ts',
    ]);
  });
});
