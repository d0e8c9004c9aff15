import { expect, test } from 'vitest';
import type { CliPart } from '../setup/clis/clis.ts';
import { findPinned, findPlaced } from './find-pinned.ts';

const part = (...versions: [string, ...string[]]): CliPart => {
  const [first, ...rest] = versions.map((version) => ({ version, integrity: {} }));
  return {
    title: 'T',
    packageOf: (version) => ({ name: 't', version }),
    program: () => 'p',
    pinned: [first ?? { version: '', integrity: {} }, ...rest],
  };
};
const catalogue = { alpha: part('1.20.3', '1.2.9', '1.2.3'), beta: part('0.1.0') };

test('a version is found by its beginning, at a dot: the newest one', () => {
  const found = (text: string) => findPinned(catalogue, text).version;
  expect(found('alpha')).toBe('1.20.3');
  expect(found('alpha@1')).toBe('1.20.3');
  expect(found('alpha@1.2')).toBe('1.2.9');
  expect(found('alpha@1.2.3')).toBe('1.2.3');
});

test.each([
  ['alpha@1.2.4', /knows no checksum of alpha@1\.2\.4.*alpha@1\.20\.3 and alpha@1\.2\.9/],
  ['alpah', /There is no CLI "alpah".*did you mean alpha\?/],
  ['alpha@', /not a CLI with a version, such as alpha@1\.20\.3/],
  ['alpha@latest', /not a CLI with a version/],
  ['../alpha@1.2.3', /not a CLI with a version/],
  ['alpha@1/../..', /not a CLI with a version/],
  ['constructor', /There is no CLI "constructor"/],
])('%s is refused with a sentence that says what there is', (text, words) => {
  expect(() => findPinned(catalogue, text)).toThrow(words);
});

test('of the versions in the toolchain a beginning must mean one', () => {
  const placed = ['1.2.9', '1.2.3', '2.0.0'].map((version) => ({ cli: 'alpha', version }));
  const gone = { cli: 'gone', version: '7.0.0' };
  const find = (text: string) => findPlaced(catalogue, text, [...placed, gone]).version;
  expect(find('alpha@2')).toBe('2.0.0');
  expect(find('alpha@1.2.9')).toBe('1.2.9');
  // One that this Hyperhive does not know any more.
  expect(find('gone')).toBe('7.0.0');
  expect(() => find('alpha@1.2')).toThrow('Say which version: alpha@1.2.9 or alpha@1.2.3.');
  expect(() => find('alpha@1.9')).toThrow(/is not in the toolchain/);
  expect(() => find('beta')).toThrow(/is not in the toolchain/);
  expect(() => find('gamma')).toThrow(/There is no CLI/);
});
