import { Link } from 'wouter';
import { sayName, toPlainText } from '../data/plain-text.ts';

/** Who sent or gets something: an agent leads to its page, a group or the operator is said in words. */
export function Person({ name }: { name: string }) {
  if (sayName(name) !== name) return <>{sayName(name)}</>;
  if (!/^[a-z]/.test(name)) return <>{toPlainText(name)}</>;
  return (
    <Link href={`/agents/${name}`} className="quiet-link">
      {name}
    </Link>
  );
}
