import { createLowlight } from 'lowlight';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import makefile from 'highlight.js/lib/languages/makefile';
import nix from 'highlight.js/lib/languages/nix';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import scss from 'highlight.js/lib/languages/scss';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const lowlight = createLowlight({ bash, c, cpp, csharp, css, dockerfile, go, ini, java, javascript, json, kotlin, makefile, nix, php, python, ruby, rust, scss, sql, swift, typescript, xml, yaml }); // prettier-ignore

/** Languages by the ends of files' names. */
const BY_END: Readonly<Record<string, string>> = {
  sh: 'bash', bash: 'bash', zsh: 'bash', c: 'c', h: 'c', cc: 'cpp', cpp: 'cpp', cxx: 'cpp', hpp: 'cpp', cs: 'csharp',
  css: 'css', go: 'go', toml: 'ini', ini: 'ini', cfg: 'ini', java: 'java', js: 'javascript', mjs: 'javascript',
  cjs: 'javascript', jsx: 'javascript', json: 'json', kt: 'kotlin', kts: 'kotlin', mk: 'makefile', nix: 'nix',
  php: 'php', py: 'python', rb: 'ruby', rs: 'rust', scss: 'scss', sql: 'sql', swift: 'swift', ts: 'typescript',
  mts: 'typescript', cts: 'typescript', tsx: 'typescript', html: 'xml', xml: 'xml', svg: 'xml', vue: 'xml',
  yaml: 'yaml', yml: 'yaml',
}; // prettier-ignore
const BY_NAME: Readonly<Record<string, string>> = { Dockerfile: 'dockerfile', Makefile: 'makefile' };

/** The language of a file by its name; null: it is shown plain. */
export function languageOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const end = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name] ?? null;
  return Object.hasOwn(BY_END, end) ? (BY_END[end] ?? null) : null;
}

/** A piece of code of one kind (`keyword`, `string`, …); null: plain. */
export interface Token {
  readonly text: string;
  readonly kind: string | null;
}

/** More code at once is shown plain: what reads it must not stop the page (characters). */
const MOST_CHARS = 40_000;

/** The tokens of each line. Together they are exactly the given lines: what is shown is never what a grammar made of it. */
export function highlightLines(language: string, lines: readonly string[]): Token[][] {
  const text = lines.join('\n');
  const plain = () => lines.map((line) => [{ text: line, kind: null }]);
  if (text.length > MOST_CHARS) return plain();
  const made: Token[][] = [[]];
  collect(lowlight.highlight(language, text).children, null, made);
  return made.length === lines.length && made.every((line, at) => join(line) === lines[at]) ? made : plain();
}

type Node = { type: string; value?: string; children?: readonly Node[]; properties?: { className?: unknown } };

function collect(nodes: readonly unknown[], kind: string | null, made: Token[][]): void {
  for (const node of nodes as readonly Node[]) {
    if (node.type === 'text')
      for (const [at, text] of (node.value ?? '').split('\n').entries()) {
        if (at > 0) made.push([]);
        if (text !== '') made.at(-1)?.push({ text, kind });
      }
    else collect(node.children ?? [], kindOf(node) ?? kind, made);
  }
}

function kindOf({ properties }: Node): string | null {
  const names = properties?.className;
  const first: unknown = Array.isArray(names) ? names[0] : null;
  return typeof first === 'string' ? first.replace(/^hljs-/, '') : null;
}

function join(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('');
}
