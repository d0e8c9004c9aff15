import { Link } from 'wouter';
import { formatName, toPlainText } from '../data/plain-text.ts';

/** The name of a sender or recipient; an agent's name links to its page. */
export function Person({ name }: { name: string }) {
  if (formatName(name) !== name) return <>{formatName(name)}</>;
  if (!/^[a-z]/.test(name)) return <>{toPlainText(name)}</>;
  return (
    <Link href={`/agents/${name}`} className="quiet-link">
      {name}
    </Link>
  );
}
