import { readFileSync } from "node:fs";
import { z } from "zod";
import type { TradeCosts } from "../../../keepers/quant/allocate.ts";
import type { Limits } from "../../../keepers/quant/limits.ts";
import { UsageError } from "../../lib/command.ts";

const bps = z.int().min(0).max(10_000);
const byAsset = z.record(z.string(), bps);

const document = z.strictObject({
  /** The most of each asset; 10,000 where it is not named. */
  capsBps: byAsset.default({}),
  groups: z
    .array(
      z.strictObject({
        kind: z.enum(["protocol", "issuer", "illiquid"]),
        name: z.string().max(64),
        members: z.array(z.string()).min(1),
        mostBps: bps,
      }),
    )
    .default([]),
  /** The least expected return of a minute, as a part of one. */
  returnFloor: z.number().optional(),
  /** What is held, and what trading it costs, in basis points of the traded value, already divided by the periods of holding. */
  heldBps: byAsset.optional(),
  costBps: z.record(z.string(), z.number().min(0)).optional(),
  /** Gas of the trades in basis points of the whole, divided by the periods of holding. */
  fixedCostBps: z.number().min(0).default(0),
});

type Asked = { readonly limits: Limits; readonly costs?: TradeCosts; readonly fixedCost: number };

const parse = (path: string): z.output<typeof document> => {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new UsageError(`${path} is no JSON file that can be read`);
  }
  const result = document.safeParse(json);
  if (result.success) return result.data;
  throw new UsageError(`${path}: ${z.prettifyError(result.error)}`);
};

/**
 * Limits and costs from a file, by the names of assets; without one, no limits.
 * @throws UsageError where the file is no such file, or names an asset without prices
 */
export const readLimits = (path: string | undefined, assets: readonly string[]): Asked => {
  if (path === undefined) return { limits: { capsBps: assets.map(() => 10_000), groups: [] }, fixedCost: 0 };
  const { capsBps, groups, returnFloor, heldBps, costBps, fixedCostBps } = parse(path);
  const fixedCost = fixedCostBps / 10_000;
  const named = [...Object.keys({ ...capsBps, ...heldBps, ...costBps }), ...groups.flatMap(({ members }) => members)];
  const stranger = named.find((name) => !assets.includes(name));
  if (stranger !== undefined) throw new UsageError(`${path} names ${stranger}, which has no prices`);
  if ((heldBps === undefined) !== (costBps === undefined))
    throw new UsageError(`${path}: heldBps and costBps go together`);
  const limits = {
    capsBps: assets.map((name) => capsBps[name] ?? 10_000),
    groups: groups.map((group) => ({ ...group, members: group.members.map((name) => assets.indexOf(name)) })),
    ...(returnFloor === undefined ? {} : { returnFloor }),
  };
  if (heldBps === undefined || costBps === undefined) return { limits, fixedCost };
  const costs = {
    heldBps: assets.map((name) => heldBps[name] ?? 0),
    rates: assets.map((name) => (costBps[name] ?? 0) / 10_000),
  };
  return { limits, costs, fixedCost };
};
