import type { Emit } from '../spool/spool.ts';

/** Observes the running turn by the events that its driver tells: the same for all drivers. */
export interface TurnWatch {
  /** For the driver; passes everything on. */
  readonly emit: Emit;
  /** A turn begins: `onSign` is called at the first sign of it from the CLI. */
  begin(turn: number, onSign: () => void): void;
  /** The turn is over. */
  end(): void;
}

export function watchTurn(emit: Emit): TurnWatch {
  let watched: { readonly turn: number; onSign: (() => void) | null } | null = null;

  function observe(data: object): void {
    if (watched === null || !('turn' in data) || data.turn !== watched.turn) return;
    watched.onSign?.();
    watched.onSign = null;
  }

  return {
    emit: (kind, data) => {
      emit(kind, data);
      observe(data);
    },
    begin: (turn, onSign) => {
      watched = { turn, onSign };
    },
    end: () => {
      watched = null;
    },
  };
}
