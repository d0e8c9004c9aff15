import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readModel, replaceModel } from './json-model.ts';

const read = (text: string) => readModel(Buffer.from(text));
const replace = (text: string, model = 'other') => String(replaceModel(Buffer.from(text), model));

describe('the model of a JSON body', () => {
  test.each([
    ['{"model":"a"}', 'a'],
    [' {\n "max_tokens" : 5 , "model" : "a" , "stream":true}', 'a'],
    ['\uFEFF{"model":"a"}', 'a'],
    ['{"mod\\u0065l":"a"}', 'a'],
    ['{"x":{"model":"no"},"y":[{"model":"no"}],"model":"a\\"b"}', 'a"b'],
    ['{"x":"\\\\","model":"a"}', 'a'],
    ['{"x":"}, \\"model\\": \\"no\\"","model":"a"}', 'a'],
    ['{"model":null}', null],
    ['{"model":7}', null],
    ['{"messages":[]}', null],
    ['["model","a"]', null],
    ['not json', null],
    ['{"model', null],
    ['', null],
  ])('%s', (text, model) => {
    expect(read(text)).toEqual({ model, repeated: false });
  });

  test('named twice is reported, in every spelling', () => {
    expect(read('{"model":"a","model":"b"}').repeated).toBe(true);
    expect(read('{"model":"a","x":1,"\\u006dodel":"b"}').repeated).toBe(true);
  });

  test('in another case is not the model, and makes it doubtful: some readers take it', () => {
    expect(read('{"model":"a","MODEL":"b"}')).toEqual({ model: 'a', repeated: true });
    expect(read('{"Model":"b","model":"a"}')).toEqual({ model: 'a', repeated: true });
    expect(read('{"Model":"b"}')).toEqual({ model: null, repeated: false });
    expect(replace('{"Model":"b"}')).toBe('{"Model":"b"}');
  });

  test('is the one that a JSON parser reads, wherever it stands', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.boolean(), (rest, model, spaced) => {
        const others = Object.fromEntries(Object.entries(rest).filter(([key]) => key.toLowerCase() !== 'model'));
        const text = JSON.stringify({ ...others, model, last: others }, null, spaced ? 2 : 0);
        expect(read(text)).toEqual({ model, repeated: false });
        expect(JSON.parse(replace(text, 'x/y'))).toEqual({ ...JSON.parse(text), model: 'x/y' });
      }),
    );
  });
});

describe('another model in a JSON body', () => {
  test('changes nothing else, not even figures that a parser would round', () => {
    expect(replace('{"n": 12345678901234567890, "model" :"a","x":[1.0]}')).toBe(
      '{"n": 12345678901234567890, "model" :"other","x":[1.0]}',
    );
  });

  test('is not written where there was none or more than one', () => {
    for (const text of ['{"messages":[]}', 'not json', '{"model":"a","model":"b"}']) expect(replace(text)).toBe(text);
  });
});
