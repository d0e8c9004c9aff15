import { type Place, readText, rootMembers } from './json-walk.ts';
import type { RawRequest } from './protocol.ts';

/** A value of `model`; not `isExact`: of `Model`, or another spelling. */
interface ModelPlace extends Place {
  readonly isExact: boolean;
}

/**
 * The model that a JSON body names; `repeated`: it names it more than once, and readers may differ in which one counts.
 * Some do not tell capital letters from small ones in a field's name.
 */
export interface NamedModel {
  readonly model: string | null;
  readonly repeated: boolean;
}

/** Reads the model from the outermost object of a JSON body of any size, without parsing the rest. */
export function readModel(body: Buffer): NamedModel {
  const places = findModel(body);
  const place = places.find(({ isExact }) => isExact);
  return { model: place === undefined ? null : readText(body, place), repeated: places.length > 1 };
}

/**
 * The body with another model: everything else stays byte for byte as the box wrote it. A body that names no model, or
 * several, is returned as it is.
 */
export function replaceModel(body: Buffer, model: string): Buffer {
  const places = findModel(body);
  const [place] = places;
  if (place === undefined || !place.isExact || places.length > 1) return body;
  return Buffer.concat([body.subarray(0, place.start), Buffer.from(JSON.stringify(model)), body.subarray(place.end)]);
}

/** The same request to another model, for protocols whose body names it. */
export function changeModel({ body, target }: RawRequest, model: string): RawRequest {
  return { body: replaceModel(body, model), target };
}

/** Every `model` of the outermost object. */
function findModel(body: Buffer): ModelPlace[] {
  return [...rootMembers(body)]
    .filter(({ key }) => key?.toLowerCase() === 'model')
    .map(({ key, start, end }) => ({ start, end, isExact: key === 'model' }));
}
