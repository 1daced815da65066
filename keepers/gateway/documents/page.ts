import type { ProposalSummary } from "../schema/proposals.ts";

type Place = Pick<ProposalSummary, "block" | "id">;

const CURSOR = /^(\d{1,15})\.(0x[0-9a-fA-F]{1,64})$/;

/** Where the page after an item begins, as a text that a URL takes. */
export const cursorAfter = ({ block, id }: Place): string => `${block}.${id}`;

/** The place that a cursor names; undefined for what is none. */
export const placeOf = (cursor: string): Place | undefined => {
  const [, block, id] = CURSOR.exec(cursor) ?? [];
  return block === undefined || id === undefined ? undefined : { block: Number(block), id };
};

const isAfter = (item: Place, place: Place): boolean =>
  item.block < place.block || (item.block === place.block && item.id < place.id);

/** What follows a place in a list of the newest first, and where the next page begins. */
export const pageOf = <T extends Place>(
  all: readonly T[],
  limit: number,
  after: Place | undefined,
): { readonly items: readonly T[]; readonly next: string | null } => {
  const rest = after === undefined ? all : all.filter((item) => isAfter(item, after));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last === undefined || rest.length === items.length ? null : cursorAfter(last) };
};
