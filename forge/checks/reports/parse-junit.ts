import sax from 'sax';
import type { CheckNote } from '../../../protocol/schemas/check.ts';
import { findPlace, MOST_FAILURES, noteFailure, type ParsedReport } from './report.ts';

const MOST_DEPTH = 50;
const MOST_ELEMENTS = 200_000;
/** Characters of a failure's text that are kept. */
const MOST_TEXT_CHARS = 20_000;

interface TestCase {
  readonly name: string;
  readonly file: string;
  readonly line: number | null;
  outcome: 'passed' | 'failed' | 'skipped';
  message: string;
  text: string;
}

class Refused extends Error {}

/**
 * Reads JUnit's XML: each `testcase` with `failure`, `error` or `skipped`. The parser is strict and knows the five
 * entities of XML alone: a document type declares nothing, is refused, and no entity is expanded. Nothing is kept of a
 * document but what is counted.
 */
export function parseJunit(text: string): ParsedReport {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const notes: CheckNote[] = [];
  const open: string[] = [];
  let files: string[] = [];
  let elements = 0;
  let current: TestCase | null = null;
  let isInFailure = false;

  function end(test: TestCase): void {
    counts[test.outcome] += 1;
    if (test.outcome !== 'failed' || notes.length >= MOST_FAILURES) return;
    const found = test.file === '' || test.line === null ? findPlace(test.text) : null;
    const file = test.file === '' ? (found?.file ?? '') : test.file;
    const line = test.line ?? (found !== null && found.file.endsWith(file) ? found.line : null);
    notes.push(noteFailure({ name: test.name, message: test.message === '' ? test.text : test.message, file, line }));
  }

  const take = (chunk: string) => {
    if (current !== null && isInFailure && current.text.length < MOST_TEXT_CHARS)
      current.text += chunk.slice(0, MOST_TEXT_CHARS - current.text.length);
  };
  const parser = Object.assign(sax.parser(true, { position: false }), {
    ondoctype() {
      throw new Refused('it declares a document type');
    },
    onerror(error: Error) {
      throw new Refused(error.message.split('\n', 1)[0] ?? 'it is no XML');
    },
    onopentag({ name, attributes }: sax.Tag | sax.QualifiedTag) {
      elements += 1;
      open.push(name);
      if (open.length > MOST_DEPTH) throw new Refused(`it is nested more than ${MOST_DEPTH} times`);
      if (elements > MOST_ELEMENTS) throw new Refused(`it has more than ${MOST_ELEMENTS} elements`);
      if (elements === 1 && name !== 'testsuites' && name !== 'testsuite')
        throw new Refused('it begins with neither "testsuites" nor "testsuite"');
      const given = attributes as Readonly<Record<string, string>>;
      if (name === 'testsuite') files.push(given['file'] ?? '');
      if (name === 'testcase' && current === null) {
        const own = given['classname'] ?? '';
        const title = given['name'] ?? '';
        current = {
          name: own === '' || title.startsWith(own) ? title : `${own} > ${title}`,
          file: given['file'] ?? files.at(-1) ?? '',
          line: /^[1-9]\d{0,6}$/.test(given['line'] ?? '') ? Number(given['line']) : null,
          outcome: 'passed',
          message: '',
          text: '',
        };
        return;
      }
      if (current === null) return;
      if (name === 'skipped' && current.outcome === 'passed') current.outcome = 'skipped';
      if (name !== 'failure' && name !== 'error') return;
      isInFailure = current.outcome !== 'failed';
      current.outcome = 'failed';
      if (isInFailure) current.message = given['message'] ?? '';
    },
    ontext: take,
    oncdata: take,
    onclosetag(name: string) {
      open.pop();
      if (name === 'failure' || name === 'error') isInFailure = false;
      if (name === 'testsuite') files = files.slice(0, -1);
      if (name === 'testcase' && current !== null && !open.includes('testcase')) {
        end(current);
        current = null;
      }
    },
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof Refused) return { trouble: error.message };
    throw error;
  }
  return elements === 0 ? { trouble: 'it is empty' } : { ...counts, notes };
}
