import { Interface } from "ethers";
import { type Hex, sizeOf, hex } from "../../core/hex.ts";
import { RetryableError } from "../../core/errors.ts";
import { unixSeconds } from "../../core/units.ts";
import type { AskSigner, ChannelHashes, ReadChannel } from "../../agents/payments/ports.ts";
import { signerOf } from "../../agents/payments/voucher.ts";
import { IPaymentChannels__factory } from "../../../types/index.ts";
import { isRecord, quantityOf } from "../chain/rpc.ts";
import { CHANNEL_STATES } from "../../core/channelTypes.ts";

/** A JSON-RPC request to one node. */
export type NodeRequest = (method: string, params: readonly unknown[]) => Promise<unknown>;

const CHANNELS = IPaymentChannels__factory.createInterface();
const ERC1271 = new Interface(["function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)"]);
/** The function's own selector, left-aligned in a word. */
const ACCEPTED = `0x1626ba7e${"0".repeat(56)}`;

const textOf = (value: unknown, what: string): Hex => {
  if (typeof value !== "string") throw new RetryableError(`the node's ${what} is no data: ${String(value)}`);
  return hex(value);
};

/** Reads a channel, its signer's code and the time, all at the newest block. @throws RetryableError when the node is not well */
export const channelReader =
  (request: NodeRequest, hashes: ChannelHashes): ReadChannel =>
  async (terms) => {
    const block = await request("eth_getBlockByNumber", ["latest", false]);
    if (!isRecord(block)) throw new RetryableError("the node has no newest block");
    const number = block["number"];
    const signer = signerOf(terms);
    const data = CHANNELS.encodeFunctionData("channelOf", [terms]);
    const [answer, code] = await Promise.all([
      request("eth_call", [{ to: hashes.domain.channels, data }, number]),
      request("eth_getCode", [signer, number]),
    ]);
    const decoded = CHANNELS.decodeFunctionResult("channelOf", textOf(answer, "channel"));
    const channel = decoded[0] as Readonly<Record<"state" | "deposited" | "paid" | "closesAt", bigint>>;
    const state = CHANNEL_STATES[Number(channel.state)];
    if (state === undefined) throw new RetryableError(`no channel is in state ${channel.state}`);
    return {
      channelId: hashes.channelIdOf(terms),
      signer,
      isSignerContract: sizeOf(textOf(code, "code")) > 0,
      state,
      deposited: channel.deposited,
      paid: channel.paid,
      closesAt: unixSeconds(channel.closesAt),
      time: unixSeconds(quantityOf(block["timestamp"], "timestamp")),
    };
  };

/** Asks a contract for its word at the newest block. One that reverts, or answers anything else, does not accept. */
export const signerAsker =
  (request: NodeRequest): AskSigner =>
  async (signer, digest, signature) => {
    const data = ERC1271.encodeFunctionData("isValidSignature", [digest, signature]);
    try {
      const answer = await request("eth_call", [{ to: signer, data }, "latest"]);
      return typeof answer === "string" && answer.toLowerCase() === ACCEPTED;
    } catch {
      return false;
    }
  };
