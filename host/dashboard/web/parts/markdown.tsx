import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { createElement, Fragment, memo, type ReactNode, useMemo } from 'react';
import { readLink } from '../data/safe-link.ts';
import { showHidden } from '../data/show-hidden.ts';
import classes from './markdown.module.css';

/**
 * Text that somebody wrote as Markdown. The library only reads it; what is shown are React elements of the kinds below,
 * so no markup of the text can become an element. HTML is shown as it was written, an image as its address: the page
 * loads nothing that a text names.
 */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => lexer(showHidden(text), { gfm: true }), [text]);
  return <div className={classes.text}>{renderAll(tokens)}</div>;
});

/** Deeper nesting is shown as it was written. */
const MOST_DEPTH = 24;

function renderAll(tokens: readonly Token[] | undefined, depth = 0): ReactNode {
  return tokens?.map((token, index) => (
    // The tokens of a text never change places.
    <Fragment key={index}>{render(token, depth + 1)}</Fragment>
  ));
}

function render(token: Token, depth: number): ReactNode {
  if (depth > MOST_DEPTH) return token.raw;
  // No extension of the library adds other kinds.
  const known = token as MarkedToken;
  const inside = () => renderAll('tokens' in known ? known.tokens : undefined, depth);
  switch (known.type) {
    case 'space':
    case 'def':
      return null;
    case 'paragraph':
      return <p>{inside()}</p>;
    case 'heading':
      // Headings of texts stand below those of the page.
      return createElement(`h${Math.min(known.depth + 2, 6)}`, {}, inside());
    case 'blockquote':
      return <blockquote>{inside()}</blockquote>;
    case 'code':
      return (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        <pre tabIndex={0}>
          <code>{known.text}</code>
        </pre>
      );
    case 'hr':
      return <hr />;
    case 'list':
      return <List list={known} depth={depth} />;
    case 'table':
      return <Table table={known} depth={depth} />;
    case 'checkbox':
      return <input type="checkbox" checked={known.checked} disabled aria-label="Task" />;
    case 'strong':
      return <strong>{inside()}</strong>;
    case 'em':
      return <em>{inside()}</em>;
    case 'del':
      return <del>{inside()}</del>;
    case 'codespan':
      return <code>{known.text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <TextLink link={known}>{inside()}</TextLink>;
    case 'text':
      return known.tokens === undefined ? decode(known.text) : inside();
    case 'escape':
      return known.text;
    // HTML and images among them.
    default:
      return token.raw;
  }
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = list.items.map((item, index) => <li key={index}>{renderAll(item.tokens, depth)}</li>);
  return list.ordered ? <ol start={Number(list.start)}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table, depth }: { table: Tokens.Table; depth: number }) {
  const cells = (row: readonly Tokens.TableCell[], kind: 'th' | 'td') => (
    <tr>{row.map(({ tokens }, index) => createElement(kind, { key: index }, renderAll(tokens, depth)))}</tr>
  );
  return (
    <div className={classes.table}>
      <table>
        <thead>{cells(table.header, 'th')}</thead>
        <tbody>
          {table.rows.map((row, index) => (
            <Fragment key={index}>{cells(row, 'td')}</Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A link names where it leads, unless its words do: they are somebody's. Other addresses than of the web are no links. */
function TextLink({ link, children }: { link: Tokens.Link; children: ReactNode }) {
  const to = readLink(link.href);
  if (to === null) return link.raw;
  const isTold = link.text === link.href || link.text === to.href;
  return (
    <>
      <a href={to.href} className="text-link" target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
      {!isTold && <span className={classes.host}> ({to.host})</span>}
    </>
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  nbsp: '\u00a0',
};

/** The characters that writers of Markdown escape. */
function decode(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (all, name: string) => ENTITIES[name] ?? all);
}
