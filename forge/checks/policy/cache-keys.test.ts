import { expect, test } from 'vitest';
import { filesOf, isTemplate, makeKey } from './cache-keys.ts';

test('a key has the content of the files that its template names', () => {
  const contents = new Map([
    ['a.lock', 'a'.repeat(40)],
    ['dir/b.lock', 'b'.repeat(40)],
  ]);
  const template = 'deps-{{hash a.lock dir/b.lock}}-{{hash absent}}';
  expect(filesOf(template)).toEqual(['a.lock', 'dir/b.lock', 'absent']);
  expect(makeKey(template, contents)).toBe(`deps-${'a'.repeat(16)}-${'b'.repeat(16)}-none`);
  expect(makeKey('plain', contents)).toBe('plain');
});

test.each(['{{hash}}', '{{hash a', '{{env HOME}}', '{{hash {{hash a}}}}', 'a}}', `{{hash ${'f '.repeat(11)}}}`])(
  '%j is no template',
  (template) => {
    expect(isTemplate(template)).toBe(false);
  },
);
