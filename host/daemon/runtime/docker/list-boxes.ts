import type { AgentBox, BoxFacts, BoxOwner, BoxRef, BoxStatus } from '../runtime.ts';

/** Boxes that are inspected at the same time. */
const INSPECT_AT_ONCE = 8;

/** The two queries about boxes that an engine answers. */
export interface BoxQuestions<O extends BoxOwner = AgentBox> {
  /** Every box of the hive; exited ones without their end. */
  list(): Promise<(BoxRef<O> & Omit<BoxFacts, 'end'>)[]>;
  /** One box with all fields; null when it is gone. */
  inspect(id: string): Promise<BoxStatus<O> | null>;
}

/**
 * Lists boxes with one call to the engine. Only an exited box is inspected, once: its end is cached for as long as the
 * box is listed as exited. A box that somebody started again by hand and that ended before the next list keeps the
 * first end.
 */
export function createBoxList<O extends BoxOwner = AgentBox>({
  list,
  inspect,
}: BoxQuestions<O>): () => Promise<BoxStatus<O>[]> {
  const exited = new Map<string, BoxStatus<O>>();

  async function complete(box: BoxRef<O> & Omit<BoxFacts, 'end'>): Promise<BoxStatus<O> | null> {
    if (box.state !== 'exited') return { ...box, end: null };
    const known = exited.get(box.id);
    if (known !== undefined) return known;
    const found = await inspect(box.id);
    if (found?.state === 'exited') exited.set(found.id, found);
    return found;
  }

  return async () => {
    const listed = await list();
    const stillExited = new Set(listed.flatMap(({ id, state }) => (state === 'exited' ? [id] : [])));
    for (const id of exited.keys()) if (!stillExited.has(id)) exited.delete(id);
    const boxes: (BoxStatus<O> | null)[] = [];
    for (let from = 0; from < listed.length; from += INSPECT_AT_ONCE)
      boxes.push(...(await Promise.all(listed.slice(from, from + INSPECT_AT_ONCE).map(complete))));
    return boxes.filter((box) => box !== null);
  };
}
