import { expect, test } from 'vitest';
import { parseChecks } from './parse-checks.ts';

test('a check has defaults for all but its name and command', () => {
  expect(parseChecks('checks:\n  - name: unit\n    command: npm test\n')).toEqual({
    checks: [
      {
        name: 'unit',
        setup: '',
        command: 'npm test',
        timeoutMs: 1_200_000,
        paths: null,
        required: true,
        skipIsOk: true,
        retries: 0,
        artifacts: [],
        reports: [],
        caches: [],
      },
    ],
  });
  const full =
    'checks:\n  - name: docs\n    setup: a\n    command: b\n    timeout: 90s\n    paths: ["docs/**"]\n    required: false\n    when_skipped: fail\n    retries: 2\n    artifacts: [dist/*.tgz]\n    reports: [junit.xml]\n';
  expect(parseChecks(full)).toMatchObject({
    checks: [{ timeoutMs: 90_000, paths: ['docs/**'], required: false, skipIsOk: false, retries: 2 }],
  });
  expect(parseChecks(full)).toMatchObject({ checks: [{ artifacts: ['dist/*.tgz'], reports: ['junit.xml'] }] });
});

const BROKEN: readonly (readonly [string, string])[] = [
  ['', 'expected object'],
  ['checks: []', 'checks'],
  ['checks', 'expected object'],
  ['checks:\n  - name: a\n   command: x', '.hive/checks.yaml is not valid'],
  ['checks:\n  - name: a', 'checks.0.command'],
  ['checks:\n  - name: a\n    command: "  "', 'checks.0.command'],
  ['checks:\n  - name: a\n    command: x\n    timout: 3m', 'timout'],
  ['checks:\n  - name: a\n    command: x\n    timeout: 3', 'checks.0.timeout'],
  ['checks:\n  - name: a\n    command: x\n    timeout: 4h', 'at most 3h'],
  ['checks:\n  - name: "a/b"\n    command: x', 'a name has up to 64'],
  ['checks:\n  - {name: a, command: x}\n  - {name: A, command: y}', 'two checks have the same name'],
  ['checks:\n  - {name: a, command: x, artifacts: [/etc/passwd]}', 'is below the top directory'],
  ['checks:\n  - {name: a, command: x, reports: [a/../../b]}', 'is below the top directory'],
  ['checks:\n  - {name: a, command: x, artifacts: []}', 'checks.0.artifacts'],
  ['checks:\n  - {name: a, command: x, when_skipped: ok}', 'is for a check with paths'],
  ['checks: [{name: a, command: x}]\nchecks: [{name: b, command: y}]', 'unique'],
  [
    'a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nchecks: [*c,*c,*c,*c,*c,*c,*c]',
    '.hive/checks.yaml is not valid',
  ],
];

test.each(BROKEN)('a file that cannot be understood is an error in one sentence: %j', (text, words) => {
  const parsed = parseChecks(text);
  expect(parsed).toHaveProperty('trouble', expect.stringContaining(words));
  expect(parsed).toHaveProperty('trouble', expect.not.stringContaining('\n'));
});
