import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { type RefObject, useEffect, useRef } from 'react';
import { MAX_TYPED_CHARS } from '../../../../protocol/terminal-words.ts';
import { createTypedSender } from '../../../../system/terminal/send-typed.ts';
import { callHive } from '../data/api.ts';
import { followTerminal, type LinkState } from '../data/terminal-link.ts';
import type { ShownTerminal } from '../data/terminal-queries.ts';
import '@xterm/xterm/css/xterm.css';
import classes from './terminal.module.css';

/** What the keys beside the screen can do with it. */
export interface ScreenHandle {
  type(text: string): void;
  focus(): void;
}

/** The same colours in both schemes: programs choose theirs for a dark background. */
const THEME = {
  background: '#101113',
  foreground: '#e8e8ea',
  cursor: '#f3b52f',
  cursorAccent: '#101113',
  selectionBackground: '#4a4b53',
  black: '#26272c',
  red: '#ff7b72',
  green: '#4cc38a',
  yellow: '#f3b52f',
  blue: '#63a8ff',
  magenta: '#b197fc',
  cyan: '#5ccfe6',
  white: '#c6c7cc',
  brightBlack: '#74757e',
  brightRed: '#ffa198',
  brightGreen: '#7ee2b1',
  brightYellow: '#fadb93',
  brightBlue: '#9ccaff',
  brightMagenta: '#d0bfff',
  brightCyan: '#95e6f5',
  brightWhite: '#ffffff',
};

/**
 * A terminal of an agent's box, connected until it is unmounted. With its key, what is typed goes there and the box is
 * told the size; without, it is watched in the size that its holder has.
 */
export function TerminalScreen(props: {
  agent: string;
  terminal: ShownTerminal;
  handle: RefObject<ScreenHandle | null>;
  onState: (state: LinkState) => void;
  onEnd: (sentence: string) => void;
}) {
  const { id, key } = props.terminal;
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const screen = new Terminal({
      fontFamily: "ui-monospace, 'SF Mono', SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
      fontSize: window.innerWidth < 600 ? 12 : 13,
      scrollback: 5_000,
      cursorBlink: false,
      disableStdin: key === undefined,
      theme: THEME,
    });
    screen.open(element);
    screen.textarea?.setAttribute('aria-label', `Terminal of ${latest.current.agent}`);
    const disconnect = connectScreen(screen, { id, ...(key === undefined ? {} : { key }) }, latest);
    const stopFitting = key === undefined ? () => undefined : fitToPlace(screen, element, { id, key });
    const sender = createTypedSender({
      maxChars: MAX_TYPED_CHARS,
      send: (text) => (key === undefined ? Promise.resolve() : callHive('typeInTerminal', { id, key, text })),
      onSent: () => undefined,
      // The state beside the screen says that the connection is lost.
      onError: () => undefined,
    });
    const typing = screen.onData(sender.type);
    const { handle } = latest.current;
    handle.current = { type: sender.type, focus: () => screen.focus() };
    screen.focus();
    return () => {
      handle.current = null;
      disconnect();
      stopFitting();
      typing.dispose();
      screen.dispose();
    };
  }, [id, key]);

  return <div ref={place} className={classes.screen} data-watched={key === undefined || undefined} />;
}

type Latest = RefObject<{ onState: (state: LinkState) => void; onEnd: (sentence: string) => void }>;

function connectScreen(screen: Terminal, terminal: ShownTerminal, latest: Latest): () => void {
  return followTerminal(terminal, {
    async show({ text, reset, size }) {
      if (reset === true) screen.reset();
      if (size !== undefined && terminal.key === undefined) screen.resize(size.cols, size.rows);
      if (text !== '') await new Promise<void>((resolve) => screen.write(text, resolve));
    },
    onState: (state) => latest.current.onState(state),
    onEnd: (sentence) => latest.current.onEnd(sentence),
  });
}

/** Fits the terminal to its place on the page, and tells the box. */
function fitToPlace(screen: Terminal, element: HTMLElement, holder: { id: string; key: string }): () => void {
  const fit = new FitAddon();
  screen.loadAddon(fit);
  const sizes = screen.onResize(({ cols, rows }) => {
    void callHive('resizeTerminal', { ...holder, cols, rows }).catch(() => undefined);
  });
  let told = false;
  const refit = () => {
    const { cols, rows } = screen;
    fit.fit();
    // The first time the box may have another size, also when the screen's own is right by chance.
    if (!told && screen.cols === cols && screen.rows === rows)
      void callHive('resizeTerminal', { ...holder, cols, rows }).catch(() => undefined);
    told = true;
  };
  const watcher = new ResizeObserver(refit);
  watcher.observe(element);
  return () => {
    watcher.disconnect();
    sizes.dispose();
  };
}
