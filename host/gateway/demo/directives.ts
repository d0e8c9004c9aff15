import * as z from 'zod';
import { isTool } from './newest.ts';

/** The options of `@demo {…}`. */
const demoOptions = z.strictObject({
  sleepMs: z.int().min(0).max(60_000).optional(),
  status: z.int().min(400).max(599).optional(),
  retryAfter: z.int().min(0).max(86_400).optional(),
  text: z.string().max(100_000).optional(),
  thank: z.literal(true).optional(),
  repeat: z.int().min(1).max(100_000).optional(),
});
export type DemoOptions = z.infer<typeof demoOptions>;

/** One line of the form `@name {json}`, valid or not. */
export type Directive =
  | { readonly kind: 'call'; readonly tool: string; readonly input: Record<string, unknown> }
  | { readonly kind: 'demo'; readonly options: DemoOptions }
  | { readonly kind: 'problem'; readonly problem: string };

/** Leading spaces and quote marks, `@`, a name, and the beginning of an object. */
const LINE = /^[ \t]*(?:>[ \t]*)*@([A-Za-z][\w.-]*)[ \t]*(\{.*)$/;

/** Reads the directives of a text, in order. `tools` are the names of the tools the model was given. */
export function readDirectives(text: string, tools: readonly string[]): Directive[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const found = LINE.exec(line);
    if (found === null) return [];
    const [, name = '', json = ''] = found;
    return [readDirective({ name, json: json.trim() }, tools)];
  });
}

function readDirective({ name, json }: { name: string; json: string }, tools: readonly string[]): Directive {
  const input = parseObject(json);
  if (input === null) return { kind: 'problem', problem: `what follows @${name} is not a JSON object on one line` };
  if (name === 'demo') {
    const options = demoOptions.safeParse(input);
    if (options.success) return { kind: 'demo', options: options.data };
    const where = options.error.issues.map((issue) => [...issue.path, issue.message].join(': ')).join('; ');
    return { kind: 'problem', problem: `I do not understand that @demo line (${where})` };
  }
  // CLIs spell common tools in different ways: "Bash" is "bash" elsewhere.
  const alike = (known: string) => known.toLowerCase() === name.toLowerCase();
  const tool = tools.find((known) => known === name) ?? tools.find((known) => isTool(known, name)) ?? tools.find(alike);
  if (tool === undefined) return { kind: 'problem', problem: `I was given no tool called "${name}"` };
  return { kind: 'call', tool, input };
}

const anyObject = z.record(z.string(), z.unknown());

function parseObject(json: string): Record<string, unknown> | null {
  try {
    const parsed = anyObject.safeParse(JSON.parse(json));
    if (!parsed.success) return null;
    // Fails for input nested too deep to be serialized into an answer.
    JSON.stringify(parsed.data);
    return parsed.data;
  } catch {
    return null;
  }
}
