import { expect, test } from 'vitest';
import { isGenerated } from './is-generated.ts';

test('files that programs write are known by their names', () => {
  const paths = [
    'a/package-lock.json',
    'dist/app.min.js',
    'vendor/x/a.go',
    'a/__snapshots__/b',
    'src/api.generated.ts',
  ];
  expect(paths.filter((path) => !isGenerated(path))).toEqual([]);
  expect(['package.json', 'src/vendor.ts', 'src/lock.ts', 'map/a.ts', 'dist/app.js'].filter(isGenerated)).toEqual([]);
});
