import { openCursors } from "../../../keepers/adapters/bus/cursors.ts";
import { type RedisBus, type RedisBusOptions, createRedisBus } from "../../../keepers/adapters/bus/redis.ts";
import { DIRECTORY, REALM } from "./messages.ts";

type Told = Pick<RedisBusOptions, "url" | "identities" | "capacity" | "rate">;

/** The bus as each process of the bench opens it. `cursors` is the path of its cursors' file. */
export const openBenchBus = async (
  { prefix, cursors }: { readonly prefix: string; readonly cursors: string },
  told: Told,
): Promise<RedisBus> =>
  createRedisBus({
    ...told,
    place: { prefix, chainId: REALM.chainId },
    realm: REALM,
    directory: DIRECTORY,
    cursors: await openCursors(cursors),
    nowMs: () => Date.now(),
    onTrouble: (what) => process.stderr.write(`${what}\n`),
  });
