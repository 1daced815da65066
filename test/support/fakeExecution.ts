import { keccak256, toUtf8Bytes } from "ethers";
import { z } from "zod";
import type { Inbox, ResultMessage, ProposalMessage, VoteMessage } from "../../keepers/core/bus.ts";
import type { ChainSnapshot, Simulation } from "../../keepers/core/chainSnapshot.ts";
import { RetryableError } from "../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import { type Hex, hex } from "../../keepers/core/hex.ts";
import type { Call } from "../../keepers/core/proposal.ts";
import { type Address, blockNumber, unixSeconds } from "../../keepers/core/units.ts";
import type { ExecutionConfig, ExecutionPorts } from "../../keepers/agents/execution/ports.ts";
import type { MinedTransaction } from "../../keepers/sending/ports.ts";
import { type MemoryDisk, isOnDisk, journalOf } from "./memoryLog.ts";
import {
  CONSENSUS,
  USDC,
  account,
  chainSnapshot,
  fakeRecover,
  fakeSignature,
  hashOf,
  signerRecord,
} from "./keeperBuilders.ts";

export const SENDER = account(0x6001);

export const SEND_POLICY: ExecutionConfig = {
  name: "submitter",
  sender: SENDER,
  dryRun: false,
  maxAgeBlocks: 2n,
  tip: 1n,
  maxGasPrice: 1_000_000n,
  gasMarginPercent: 30n,
  gasReserve: 0n,
};

/** What a fake transaction carries, as text in its bytes. */
type Content = { readonly proposal: Hex; readonly nonce: number; readonly gasPrice: number; readonly copy: number };

type Mined = { readonly block: bigint; readonly enacted: boolean };

const toRaw = (content: Content): Hex => hex(`0x${Buffer.from(JSON.stringify(content)).toString("hex")}`);

const contentShape = z.object({
  proposal: z.string().transform(hex),
  nonce: z.number(),
  gasPrice: z.number(),
  copy: z.number(),
});

const toContent = (raw: Hex): Content => contentShape.parse(JSON.parse(Buffer.from(raw.slice(2), "hex").toString()));

const hashText = (text: string): Hex => hex(keccak256(toUtf8Bytes(text)));

/** The rules of a chain that matter to a sender, in memory: nonces, deadlines, a mempool that may lose things. */
export const createFakeChain = (messages: readonly ProposalMessage[]) => {
  const proposals = new Map(messages.map((message) => [message.hash, message.proposal]));
  const mempool = new Map<Hex, Content>();
  const mined = new Map<Hex, Mined>();
  const enacted: Hex[] = [];
  let block = 100n;
  let accountNonce = 0n;
  const used = new Set<bigint>();

  const time = () => 1_000n + ((block - 100n) * 2n) / 5n;
  const view = (): ChainSnapshot => {
    const highest = [...used].reduce((a, b) => (a > b ? a : b), 10n);
    return chainSnapshot({
      block: blockNumber(block),
      time: unixSeconds(time()),
      signerRecords: [
        signerRecord(1, { highestNonce: highest, nonceWindow: windowOf(highest, used) }),
        signerRecord(2),
        signerRecord(3),
        signerRecord(4),
      ],
    });
  };
  const include = (transaction: Hex, content: Content): void => {
    const proposal = proposals.get(content.proposal);
    accountNonce += 1n;
    mempool.delete(transaction);
    const fits = proposal !== undefined && !used.has(proposal.nonce) && time() <= proposal.deadline;
    if (fits) {
      used.add(proposal.nonce);
      enacted.push(content.proposal);
    }
    mined.set(transaction, { block, enacted: fits });
  };
  return {
    view,
    enacted,
    mempool,
    accountNonce: () => accountNonce,
    block: () => block,
    receive: (raw: Hex): void => {
      const content = toContent(raw);
      if (BigInt(content.nonce) < accountNonce) return;
      const rival = [...mempool].find(([, other]) => other.nonce === content.nonce);
      if (rival !== undefined && rival[1].gasPrice * 1.1 > content.gasPrice) return;
      if (rival !== undefined) mempool.delete(rival[0]);
      mempool.set(hashText(raw), content);
    },
    /** A block with everything that fits, or, when the proposer is unwilling, an empty one. */
    mine: (willing = true): void => {
      block += 1n;
      for (const [transaction, content] of willing ? [...mempool] : []) {
        if (BigInt(content.nonce) === accountNonce) include(transaction, content);
      }
    },
    /** A transaction of the same account that is none of ours. */
    useNonce: (): void => {
      accountNonce += 1n;
    },
    forget: (): void => mempool.clear(),
    receipt: (transaction: Hex): Mined | undefined => mined.get(transaction),
  };
};

export type FakeChain = ReturnType<typeof createFakeChain>;

const windowOf = (highest: bigint, used: ReadonlySet<bigint>): bigint =>
  [...used, 10n].reduce(
    (reviewPeriod, nonce) => (highest - nonce < 48n ? reviewPeriod | (1n << (highest - nonce)) : reviewPeriod),
    0n,
  );

/** An inbox that a test fills. */
export const fakeInbox = <T>() => {
  let waiting: readonly T[] = [];
  const inbox: Pick<Inbox<T>, "take"> = {
    take: () => {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
  const put = (...messages: readonly T[]): void => void (waiting = [...waiting, ...messages]);
  /** What a stranger sends may be anything. */
  const putAnything = (...messages: readonly unknown[]): void =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/consistent-type-assertions -- nobody has checked it
    void (waiting = [...waiting, ...(messages as T[])]);
  return { inbox, put, putAnything };
};

/** What survives a crash: the disk, and the record of everything that was ever sent. */
export type Remains = { readonly disk: MemoryDisk; readonly sent: { readonly raw: Hex; readonly proposal: Hex }[] };

/** What survives a crash of an engine that has not run yet. */
export const nothingYet = (): Remains => ({ disk: { lines: [] }, sent: [] });

const mined = (chain: FakeChain, transaction: Hex): MinedTransaction | undefined => {
  const found = chain.receipt(transaction);
  if (found === undefined) return undefined;
  const block = blockNumber(found.block);
  if (!found.enacted) return { block, gasPaid: 1n, error: "ProposalRefused" };
  const changes = [{ token: USDC, change: 200_000n }];
  return { block, gasPaid: 1n, error: undefined, effect: { changes, loss: 0n, gasUsed: 1n } };
};

/** Ports of one life of an engine over a fake chain. Each signing makes other bytes, so that no two go unnoticed. */
export const createFakeEngine = (chain: FakeChain, remains: Remains) => {
  const proposals = fakeInbox<ProposalMessage>();
  const votes = fakeInbox<VoteMessage>();
  const results: ResultMessage[] = [];
  const events: KeeperEvent[] = [];
  /** Whom the bytes that were signed are sent to. */
  const signed: Address[] = [];
  const simulation: {
    next: Simulation | undefined;
    /** Which calls `next` speaks of. */
    refuses: (call: Call) => boolean;
    replyLost: boolean;
    receiptFaults: number;
  } = {
    next: undefined,
    refuses: () => true,
    replyLost: false,
    receiptFaults: 0,
  };
  const nowMs = (): number => Number(chain.block()) * 400;
  const sending: ExecutionPorts["sending"] = {
    readNonce: () => Promise.resolve(chain.accountNonce()),
    readReceipt: (transaction) => {
      simulation.receiptFaults -= 1;
      if (simulation.receiptFaults >= 0) return Promise.reject(new RetryableError("no answer"));
      return Promise.resolve(mined(chain, transaction));
    },
    whoUsed: ({ transaction }) => Promise.resolve(mined(chain, transaction) === undefined ? "another" : "ours"),
    simulate: ({ call }) => {
      const { next } = simulation;
      if (next?.kind !== "reverted" || !simulation.refuses(call)) return Promise.resolve({ kind: "ok", gas: 300_000n });
      const { refusal, name, text } = next.error;
      return Promise.resolve({ kind: "reverted", why: text, reason: refusal ?? name });
    },
    check: () => Promise.resolve(true),
    sign: (_account, { to, data, nonce, gasPrice }) => {
      const copy = remains.sent.length + Math.floor(performance.now() * 1_000);
      const raw = toRaw({ proposal: data, nonce: Number(nonce), gasPrice: Number(gasPrice), copy });
      signed.push(to);
      return Promise.resolve({ raw, transaction: hashText(raw) });
    },
    broadcast: (raw) => {
      if (!isOnDisk(remains.disk, raw)) throw new Error("bytes were sent that no disk has");
      remains.sent.push({ raw, proposal: toContent(raw).proposal });
      chain.receive(raw);
      if (simulation.replyLost) return Promise.reject(new RetryableError("the reply was lost"));
      return Promise.resolve({ kind: "accepted" });
    },
    store: journalOf(remains.disk),
    nowMs,
  };
  const ports: ExecutionPorts = {
    head: () => ({ block: blockNumber(chain.block()), baseFee: 100n }),
    readSnapshot: () => Promise.resolve(chain.view()),
    encode: (proposal) => [{ target: CONSENSUS, data: hashOf(proposal) }],
    sending,
    withPrices: undefined,
    proposals: proposals.inbox,
    votes: votes.inbox,
    recover: fakeRecover,
    hashProposal: hashOf,
    publishResult: (message) => void results.push(message),
    nowMs,
    emit: (event) => void events.push(event),
  };
  /** The proposal and the votes of the first `count` agents come in by the bus. */
  const deliver = (message: ProposalMessage, count = 3): void => {
    proposals.put(message);
    const voters = [1, 2, 3, 4, 5].slice(0, count).map((n) => signerRecord(n).signer);
    votes.put(...voters.map((signer) => ({ hash: message.hash, signer, signature: fakeSignature(signer) })));
  };
  return { ports, proposals, votes, results, events, simulation, signed, deliver };
};
