import type { ErrorCode } from '../../../protocol/errors.ts';

/** Texts for a sign-in that failed, with the command that helps. They are fixed: nothing from the request is echoed. */
const TEXTS: Partial<Record<ErrorCode, { title: string; text: string; command: string }>> = {
  link_used: {
    title: 'This sign-in link does not work any more',
    text: 'Each link signs in once and only for a short time. Make a new one on the machine where the hive runs, then open it:',
    command: 'hivectl dashboard link',
  },
  hive_unreachable: {
    title: 'The hive does not answer',
    text: 'The dashboard is up, but hived is not running or is just starting. Your link was not used up: start the hive if need be, then reload this page.',
    command: 'hivectl status',
  },
};

const FALLBACK = {
  title: 'Signing in did not work',
  text: "Something broke inside the hive. The dashboard's log says more. Check the hive, then make a new link:",
  command: 'hivectl dashboard link',
};

/** Renders a standalone page: it must work even when the built page is missing. */
export function refusalPage(code: ErrorCode, signedIn: boolean): string {
  const { title, text, command } = TEXTS[code] ?? FALLBACK;
  const already = signedIn ? '<p>You are signed in here already: <a href="/">open the dashboard</a>.</p>' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Hyperhive</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; box-sizing: border-box;
    font: 16px/1.55 system-ui, sans-serif; background: light-dark(#f7f6f3, #121316); color: light-dark(#1c1d21, #e7e7ea); }
  main { max-width: 32rem; }
  h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 12px; letter-spacing: -0.01em; }
  p { margin: 0 0 16px; color: light-dark(#55565d, #a9aab2); }
  pre { margin: 0 0 16px; padding: 12px 16px; border-radius: 8px; overflow-x: auto;
    background: light-dark(#fff, #1b1c20); border: 1px solid light-dark(#e2e0da, #2c2d33); }
  a { color: inherit; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
<pre><code>${command}</code></pre>
${already}
</main>
</body>
</html>
`;
}
