/** Hosts outside on the page: what agents ask for, rules, and the connections with a button that allows. */
import { beforeEach, expect, test } from 'vitest';
import { fakeConnection } from './fake-hosts.ts';
import { withPage } from './with-page.ts';

const given = withPage();
let { browser, page, hive, open } = given;

beforeEach(() => {
  ({ browser, page, hive, open } = given);
});

const ask = (id: number, waitsUntil: number) => ({
  id,
  agent: 'coder' as never,
  host: 'files.example.com',
  port: 443,
  kind: 'tunnel' as const,
  createdAt: Date.now() - 5_000,
  waitsUntil,
});
const rule = (name: string) => page.getByRole('listitem', { name });

test('an agent that asks for a host is counted beside the page, and the answers make rules', async () => {
  await open('/');
  const entry = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: /^Hosts/ });
  await entry.waitFor();
  hive.hosts.approvals.push(ask(1, Date.now() + 600_000), { ...ask(2, Date.now() - 1), host: 'other.example.com' });
  hive.emit('coder', 'approval.asked', { id: 1, host: 'files.example.com', port: 443 });
  await entry.getByLabel('2 asked for').waitFor();
  await entry.click();
  const first = rule('coder asks for files.example.com:443');
  await first.getByText(/waits for it, (?:[5-9] m(?: \d+ s)?|10 m) more/).waitFor();
  await rule('coder asks for other.example.com:443').getByText('an answer is for its next try').waitFor();
  await first.getByRole('button', { name: 'Allow for this turn' }).click();
  await rule('coder may reach files.example.com by TLS until its turn ends').waitFor();
  const second = rule('coder asks for other.example.com:443');
  await second.getByRole('button', { name: 'Allow for longer or shorter' }).click();
  await page.getByRole('menuitem', { name: 'Always, for every agent' }).click();
  await rule('every agent may reach other.example.com by TLS').waitFor();
  expect(hive.hosts.rules).toMatchObject([
    { subject: 'coder', verdict: 'allow', term: 'turn' },
    { subject: '*', verdict: 'allow', term: 'always' },
  ]);
  await page.getByRole('region', { name: 'Asked for' }).waitFor({ state: 'detached' });
  expect(browser.complaints).toEqual([]);
});

test('quotas are shown with what each agent used of them, and set, changed and removed', async () => {
  const until = Date.now() + 3_600_000;
  hive.hosts.quotas.push(
    { subject: '@role:coder' as never, per: 'day', bytes: 5e9, createdAt: 0 },
    { subject: 'scout' as never, per: 'hour', bytes: 1e8, createdAt: 0 },
    { subject: '@role:nobody' as never, per: 'day', bytes: 1e9, createdAt: 0 },
  );
  hive.hosts.traffic.push(
    { agent: 'coder' as never, per: 'day', bytes: 5e9, used: 1.25e9, until, setFor: '@role:coder' as never },
    { agent: 'scout' as never, per: 'hour', bytes: 1e8, used: 1.01e8, until, setFor: 'scout' as never },
    { agent: 'scout' as never, per: 'month', bytes: 1e12, used: 1.01e8, until, setFor: 'config.yaml' },
  );
  await open('/hosts');
  const coder = rule('Every coder: 5 GB a day');
  await coder.getByText('1.3 GB used').waitFor();
  await rule('Every nobody: 1 GB a day').getByText('holds for no agent now').waitFor();
  const scout = rule('scout: 100 MB an hour');
  await scout.getByText('connections are refused until the quota begins again or is raised').waitFor();
  expect(await page.getByRole('main').textContent()).not.toContain('hivectl egress quota');
  // What config.yaml says is changed there.
  const ofConfig = rule('Every agent: 1 TB a month');
  await ofConfig.getByText('from config.yaml').waitFor();
  expect(await ofConfig.getByRole('button').count()).toBe(0);

  await scout.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog', { name: 'Quota for scout' });
  const size = dialog.getByRole('textbox', { name: 'Size' });
  expect(await size.inputValue()).toBe('100 MB');
  await size.fill('lots');
  await dialog.getByText('Like 500 MB or 5 GB.').waitFor();
  await size.fill('2.5GB');
  await page.keyboard.press('Enter');
  await rule('scout: 2.5 GB an hour').waitFor();
  await coder.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove it' }).click();
  await coder.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'New quota' }).click();
  const making = page.getByRole('dialog', { name: 'New quota' });
  await making.getByRole('combobox', { name: 'Who' }).fill('nobody');
  await making.getByRole('textbox', { name: 'Size' }).fill('5 MB');
  await making.getByRole('button', { name: 'Set it' }).click();
  await making.getByText('There is no agent "nobody".').waitFor();
  await making.getByRole('combobox', { name: 'Who' }).fill('*');
  await making.getByRole('combobox', { name: 'Per' }).selectOption('month');
  await making.getByRole('button', { name: 'Set it' }).click();
  await rule('Every agent: 5 MB a month').waitFor();
  expect(hive.hosts.quotas.map(({ subject, per, bytes }) => [subject, per, bytes])).toEqual([
    ['@role:nobody', 'day', 1e9],
    ['scout', 'hour', 2.5e9],
    ['*', 'month', 5e6],
  ]);
  expect(browser.complaints.filter((text) => !text.includes('status of'))).toEqual([]);
});

test('secrets that are added to requests are shown, given to more agents, changed and withdrawn', async () => {
  await open('/hosts');
  // Which secret a host gets is declared on the host: the page could be in the wrong hands.
  await page.getByText('npx hivectl egress inject AGENT HOST --secret NAME').waitFor();
  await page.getByText('No quota is set').waitFor();
  hive.hosts.injections.push({
    id: 1,
    subject: 'coder' as never,
    host: 'github.com',
    port: 443,
    secret: 'GITHUB',
    header: 'authorization',
    scheme: 'basic',
    user: 'x-access-token',
    createdAt: Date.now() - 60_000,
  });
  hive.emit(null, 'egress.secret_changed', { subject: 'coder', host: 'github.com', secret: 'GITHUB', change: 'added', by: 'hivectl' }); // prettier-ignore
  const coder = rule('GITHUB for coder at github.com');
  await coder.getByText('in authorization, as the password of x-access-token').waitFor();
  await coder.getByText('http://github.com/').waitFor();
  await coder.getByRole('button', { name: 'Give to others' }).click();
  const dialog = page.getByRole('dialog', { name: 'GITHUB for others' });
  await dialog.getByRole('combobox', { name: 'Who' }).fill('nobody');
  await dialog.getByRole('button', { name: 'Give it' }).click();
  await dialog.getByText('There is no agent "nobody".').waitFor();
  await dialog.getByRole('combobox', { name: 'Who' }).fill('@role:scout');
  await dialog.getByRole('combobox', { name: 'As' }).selectOption('bearer');
  await dialog.getByRole('button', { name: 'Give it' }).click();
  await rule('GITHUB for @role:scout at github.com').getByText('in authorization, as Bearer').waitFor();

  await coder.getByRole('button', { name: 'Change' }).click();
  const changing = page.getByRole('dialog', { name: 'GITHUB for coder' });
  await changing.getByRole('textbox', { name: 'Header' }).fill('X-Token');
  await changing.getByRole('combobox', { name: 'As' }).selectOption('plain');
  await changing.getByRole('button', { name: 'Change it' }).click();
  await coder.getByText('in x-token ·').waitFor();
  await coder.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('button', { name: 'Withdraw it' }).click();
  await coder.waitFor({ state: 'detached' });
  expect(hive.hosts.injections).toMatchObject([{ subject: '@role:scout', scheme: 'bearer', user: null }]);
  expect(browser.complaints.filter((text) => !text.includes('status of'))).toEqual([]);
});

test('a refused connection is allowed from the log, with errors beside their fields, and the rule is removed again', async () => {
  hive.hosts.connections.push(
    fakeConnection({ id: 3, agent: 'coder' }),
    fakeConnection({ id: 2, agent: 'scout', host: 'evil.example.com', port: 8443, verdict: 'refused', why: 'not_allowed', count: 3 }),
    fakeConnection({ id: 1, agent: 'scout', host: 'inside.example.com', verdict: 'refused', why: 'private_address' }),
  ); // prettier-ignore
  await open('/hosts');
  await page.getByRole('heading', { name: 'No host is allowed' }).waitFor();
  const log = page.getByRole('table', { name: 'Connections' });
  await log.getByText('refused (not allowed) ×3').waitFor();
  expect(await log.getByRole('button').count()).toBe(1);
  await log.getByRole('button', { name: 'Allow evil.example.com:8443 for scout' }).click();
  const dialog = page.getByRole('dialog', { name: 'New rule' });
  expect(await dialog.getByRole('combobox', { name: 'Host' }).inputValue()).toBe('evil.example.com:8443');
  await dialog.getByRole('combobox', { name: 'Who' }).fill('nobody');
  await dialog.getByRole('button', { name: 'Allow' }).click();
  await dialog.getByText('There is no agent "nobody".').waitFor();
  await dialog.getByRole('combobox', { name: 'Who' }).fill('scout');
  await dialog.getByRole('combobox', { name: 'Host' }).fill('*');
  await dialog.getByRole('button', { name: 'Allow' }).click();
  await dialog.getByText(/A rule cannot allow every host/).waitFor();
  await dialog.getByRole('combobox', { name: 'Host' }).fill('npm');
  await page.keyboard.press('Enter');
  await rule('scout may reach npm').getByText('registry.npmjs.org').waitFor();

  await page.getByRole('combobox', { name: 'Whose connections' }).selectOption('coder');
  await expect.poll(() => log.getByRole('row').count()).toBe(2);
  await rule('scout may reach npm').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove it' }).click();
  await page.getByRole('heading', { name: 'No host is allowed' }).waitFor();
  expect(hive.hosts.rules).toEqual([]);
  expect(browser.complaints.filter((text) => !text.includes('status of'))).toEqual([]);
});
