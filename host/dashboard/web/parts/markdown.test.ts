import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { readLink } from '../data/safe-link.ts';
import { Markdown } from './markdown.tsx';

const show = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }));

/** Texts that other programs ran, loaded or followed. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<svg><animate onbegin=alert(1) attributeName=x></svg>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<math><mtext></p><style><img src onerror=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<style>@import "http://evil.example/x"</style>',
  '<!--<img src="--><img src=x onerror=alert(1)//">',
  '<form action="http://evil.example"><input name=x autofocus onfocus=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](  JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](&#x6A&#x61&#x76;ascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](vbscript:msgbox)',
  '[x](//evil.example)',
  '[x](https://bank.example@evil.example)',
  '[x](http://a.example "onmouseover=alert(1) x=\\"")',
  '[x](<javascript:alert(1)>)',
  '[x]: javascript:alert(1)\n\n[x]',
  '<javascript:alert(1)>',
  '![x](http://evil.example/pixel.png)',
  '![x"onerror="alert(1)](x)',
  '![x](data:image/svg+xml,<svg onload=alert(1)>)',
  '`<img src=x onerror=alert(1)>`',
  '```"><script>alert(1)</script>\n<script>alert(1)</script>\n```',
  '# <img src=x onerror=alert(1)>',
  '| <img src=x onerror=alert(1)> |\n|-|\n| <script>alert(1)</script> |',
  '- [x] <img src=x onerror=alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '```suggestion\n</code></pre><script>alert(1)</script>\n```',
  '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<svg><foreignObject><iframe src="javascript:alert(1)"></foreignObject></svg>',
  '<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x"/></svg>',
  '[![x](javascript:alert(1))](javascript:alert(1))',
  '<details open ontoggle=alert(1)><summary>x</summary></details>',
  '<base href="http://evil.example/">',
  '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
  '[x](https://a.example/\u202egnp.exe)',
  'https://a.example/"onmouseover="alert(1)',
  '\u202e<script>alert(1)</script>\u001b]0;x\u0007',
  `${'> '.repeat(400)}<script>alert(1)</script>`,
  `${'['.repeat(300)}x${'](http://a.example)'.repeat(300)}`,
];

/** What markup a text may become, each with its attributes. */
const MAY =
  /^(?:p|strong|em|del|code|br|hr|blockquote|ul|ol|li|table|thead|tbody|tr|th|td|h[3-6]|div|span|pre|input|a)$/;

describe('a hostile text', () => {
  test.each(HOSTILE)('%s becomes no element but those of prose', (text) => {
    const shown = show(text);
    for (const [, tag = '', attributes = ''] of shown.matchAll(/<([a-z][a-z0-9]*)((?:\s[^>]*)?)>/gi)) {
      expect(tag).toMatch(MAY);
      const names = [...attributes.matchAll(/\s([a-z-]+)=/gi)].map(([, name]) => name);
      const allowed = { a: ['href', 'class', 'target', 'rel'], input: ['type', 'disabled', 'aria-label', 'checked'] };
      const may = allowed[tag as 'a'] ?? ['class', 'tabindex', 'start'];
      expect(names.filter((name) => !may.includes(name ?? ''))).toEqual([]);
      const [, href] = /href="([^"]*)"/.exec(attributes) ?? [];
      if (href !== undefined) expect(href).toMatch(/^https?:\/\/[\w.-]+(?:\/|$)/);
    }
  });
});

test('prose is rendered: headings, lists, tables, code, and links that say where they lead', () => {
  const shown = show(
    '# Why\n\n- [x] done\n- `code`\n\n|a|\n|-|\n|**b**|\n\nSee [the page](https://a.example/x), https://b.example/ &amp; c.',
  );
  expect(shown).toContain('<h3>Why</h3>');
  expect(shown).toContain('<input type="checkbox" disabled="" aria-label="Task" checked=""/>');
  expect(shown).toContain('<td><strong>b</strong></td>');
  expect(shown).toMatch(
    /<a href="https:\/\/a\.example\/x"[^>]*rel="noopener noreferrer nofollow">the page<\/a><span[^>]*> \(a\.example\)<\/span>/,
  );
  expect(shown).toMatch(/>https:\/\/b\.example\/<\/a> &amp; c\./);
});

test('an image is not loaded, HTML is shown as it was written, nothing is hidden', () => {
  expect(show('![a](http://x.example/y.png)')).toContain('![a](http://x.example/y.png)');
  expect(show('a <b>c</b>')).toContain('a &lt;b&gt;c&lt;/b&gt;');
  expect(show('a\u001b]0;b')).toContain('a␛]0;b');
});

test('links lead to the web alone, and without sign-in data', () => {
  expect(readLink('HTTPS://a.example/b')).toEqual({ href: 'https://a.example/b', host: 'a.example' });
  for (const href of [
    'ftp://a',
    'javascript:x',
    '//a',
    '/forge',
    'https://u@a',
    'https://u:p@a',
    'http://',
    ' https://a',
  ])
    expect(readLink(href)).toBeNull();
});
