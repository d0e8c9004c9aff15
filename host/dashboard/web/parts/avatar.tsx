import { IconHexagon, IconUser } from '@tabler/icons-react';
import classes from './avatar.module.css';

/** A sender's avatar: two letters on a colour derived from the name; the operator and the hive have icons. */
export function Avatar({ name }: { name: string }) {
  if (name === 'operator')
    return (
      <span aria-hidden className={classes.avatar} data-operator>
        <IconUser size={16} stroke={1.8} />
      </span>
    );
  if (name === 'system')
    return (
      <span aria-hidden className={classes.avatar}>
        <IconHexagon size={16} stroke={1.8} />
      </span>
    );
  return (
    <span aria-hidden className={classes.avatar} data-agent style={{ '--hue': hueOf(name) } as React.CSSProperties}>
      {initialsOf(name)}
    </span>
  );
}

function initialsOf(name: string): string {
  const [first = '', second = ''] = name.split('-');
  return (second === '' ? first.slice(0, 2) : first.charAt(0) + second.charAt(0)).toUpperCase();
}

/** Derives a hue from a name; the same name always gets the same hue. */
function hueOf(name: string): number {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return hash;
}
