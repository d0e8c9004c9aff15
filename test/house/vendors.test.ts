import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

/** Vendors of models and of CLIs, by the names that code would use. */
const VENDORS = /anthropic|openai|claude|codex|gemini|opencode/i;

/**
 * Where a vendor may be named, and why. All other code is written for any vendor: adding one changes its own folder and
 * a line in a table.
 */
const HOMES: Readonly<Record<string, RegExp>> = {
  'a protocol of providers, and the table of them': /^host\/gateway\/protocols\/(?:[^/]+\/|protocols\.ts$)/,
  'the table of providers': /^protocol\/providers\.ts$/,
  'a driver of a CLI, and the table of them':
    /^harness\/driver\/(?:(?!(?:process|agent-protocol)\/)[^/]+\/|drivers\.ts$)/,
  'what is known of a driver outside the harness': /^protocol\/drivers\//,
  'readers of files with the logins of CLIs, and the table of them': /^host\/daemon\/modules\/providers\/login-files\//,
  'programs that set-up installs: names, versions, checksums': /^host\/cli\/setup\/clis\//,
  'tags that CLIs give a meaning to, taken out of the words of others': /^harness\/turn\/disarm\.ts$/,
};

const naming = readSources().filter(
  ({ zone, isTest, path, text }) => zone !== 'test' && !isTest && (VENDORS.test(text) || VENDORS.test(path)),
);

test('no vendor is named outside its home', () => {
  const homes = Object.values(HOMES);
  const strays = naming.filter(({ path }) => !homes.some((home) => home.test(path)));
  const lines = strays.map(({ path, text }) => `${path}: ${VENDORS.exec(text)?.[0] ?? 'its path'}`);
  expect(lines).toEqual([]);
});

test('every home names a vendor', () => {
  const empty = Object.entries(HOMES).filter(([, home]) => !naming.some(({ path }) => home.test(path)));
  expect(empty.map(([what]) => what)).toEqual([]);
});

test('the folder of one vendor names no other', () => {
  const notOpenai = /anthropic|claude|gemini/i;
  const own: Record<string, RegExp> = {
    anthropic: /openai|codex|gemini/i,
    openai: notOpenai,
    'openai-chat': notOpenai,
    'openai-responses': notOpenai,
    gemini: /anthropic|claude|openai|codex/i,
  };
  for (const [folder, others] of Object.entries(own)) {
    const files = naming.filter(({ path }) => path.startsWith(`host/gateway/protocols/${folder}/`));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter(({ text }) => others.test(text)).map(({ path }) => path)).toEqual([]);
  }
});
