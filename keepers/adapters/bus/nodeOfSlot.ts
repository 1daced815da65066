import { Socket, createConnection } from "node:net";
import { connect as connectTls } from "node:tls";
import { AbstractConnector } from "ioredis";
import { z } from "zod";
import { loginOf } from "./login.ts";
import { askOnce } from "./once.ts";
import type { BusServer, ServerAddress } from "../../core/envelope/server.ts";

/** A node that does not say who has the slot within this time is passed over. */
const ANSWER_MS = 1_000;
/** So many nodes are remembered beside those of the address. */
const MAX_KNOWN = 16;

const endpoint = z.tuple([z.string().nullable(), z.coerce.number()]).rest(z.unknown());
const slotRanges = z.array(z.tuple([z.coerce.number(), z.coerce.number(), endpoint]).rest(endpoint));

/** The node that has the slot, and all that the cluster is made of. */
type Located = { readonly at: ServerAddress; readonly all: readonly ServerAddress[] };

/** Asks one node who has the slot of a key. @throws Error when it does not answer in time or nobody has the slot */
const askNode = (server: BusServer, node: ServerAddress, key: string): Promise<Located> =>
  askOnce({ ...node, ...loginOf(server) }, ANSWER_MS, async (client) => {
    const slot = Number(await client.call("CLUSTER", "KEYSLOT", key));
    const ranges = slotRanges.parse(await client.call("CLUSTER", "SLOTS"));
    // A node that does not know its own address leaves it out.
    const addressOf = ([host, port]: z.output<typeof endpoint>): ServerAddress => ({ host: host || node.host, port });
    const owner = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2];
    if (owner === undefined) throw new Error("CLUSTERDOWN nobody has the slot");
    return {
      at: addressOf(owner),
      all: ranges.flatMap(([, , primary, ...replicas]) => [primary, ...replicas].map(addressOf)),
    };
  });

/** Asks one node after the other. @throws the first node's reason when none tells */
const locate = async (server: BusServer, nodes: readonly ServerAddress[], key: string): Promise<Located> => {
  let why: unknown;
  for (const node of nodes) {
    try {
      return await askNode(server, node, key);
    } catch (error) {
      why ??= error;
    }
  }
  throw why;
};

/** A connection that has ended: ioredis then tries again after its pause, and gives up for ever when a connector throws. */
const endedSocket = (): Socket => new Socket().destroy();

/**
 * How ioredis connects to the node of a cluster that has the slot of `key`: it is looked for before each connection, among
 * the nodes of the address and then among those that the cluster named before. ioredis' own cluster client is not used:
 * it sends again behind our back, and hides the connection whose answers must be bounded.
 */
export const connectorFor = (server: BusServer, key: string) =>
  class NodeOfSlot extends AbstractConnector {
    #found: readonly ServerAddress[] = [];

    constructor() {
      super(ANSWER_MS);
    }

    /** Whether nobody has disconnected meanwhile. */
    #isWanted(): boolean {
      return this.connecting;
    }

    async connect(tell: (type: string, error: Error) => void): Promise<Socket> {
      this.connecting = true;
      const located = await locate(server, [...server.addresses, ...this.#found], key).catch((error: unknown) => {
        tell("error", error instanceof Error ? error : new Error(String(error)));
        return undefined;
      });
      if (located === undefined || !this.#isWanted()) return (this.stream = endedSocket());
      this.#found = located.all.slice(0, MAX_KNOWN);
      this.stream = server.isTls ? connectTls({ ...located.at }) : createConnection({ ...located.at });
      return this.stream;
    }
  };
