import { type Provider, formatUnits } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { AGENT_STATUSES } from "../../keepers/core/signerRecord.ts";
import { AgentRegistry__factory, Mandate__factory, Treasury__factory } from "../../types/index.ts";
import { isPrimed } from "./buckets.ts";
import { type Finding, judged, inspect } from "./finding.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** A key that is configured: what it is called, its address, and whether it votes or pays gas. */
export type KeyInUse = { readonly name: string; readonly address: string; readonly isVoter: boolean };

const DECIMALS = 18;
/** Gas of a day's enacted trades with room to spare: a hundred of them. */
const GAS_IN_STOCK = 100n * 500_000n;

/** Whether an account can pay for what it sends. */
export const gasFinding = ({ name, address }: KeyInUse, provider: Provider): Promise<Finding> =>
  inspect(`${name}: gas`, "the balance cannot be read: name another endpoint by --rpc", async () => {
    const [balance, { gasPrice }] = await Promise.all([provider.getBalance(address), provider.getFeeData()]);
    const wanted = GAS_IN_STOCK * (gasPrice ?? 0n);
    const text = (wei: bigint): string => formatUnits(wei - (wei % 10n ** 12n), DECIMALS);
    return judged(`${name}: gas`, balance >= wanted, {
      found: `${text(balance)} of ${text(wanted)} that a hundred transactions take`,
      advice: `send native coin to ${address}`,
    });
  });

/** Whether the agent's first trade in each asset finds its buckets. */
const bucketFinding = async (
  book: AddressBook,
  provider: Provider,
  agentId: bigint,
  name: string,
): Promise<Finding> => {
  const mandate = Mandate__factory.connect(addressOf(book, "Mandate"), provider);
  const assets = await Treasury__factory.connect(addressOf(book, "Treasury"), provider).assets();
  const primed = await Promise.all(assets.map((asset) => isPrimed(mandate, agentId, asset)));
  const missing = primed.filter((is) => !is).length;
  return judged(`${name}: buckets`, missing === 0, {
    found: missing === 0 ? `primed for ${assets.length} assets` : `${missing} of ${assets.length} are not primed`,
    advice: `its first trade would pay for the slots; anyone may create them: nexus agent prime --id ${agentId}`,
  });
};

/** A vote signer's agent, key, bond and weight, one line each; one that has no seat is one line. */
export const voterFindings = async (
  book: AddressBook,
  provider: Provider,
  { name, address }: KeyInUse,
): Promise<readonly Finding[]> => {
  const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
  const seat = await registry.signerRecordOf(address);
  const { agentId, weight } = seat;
  if (agentId === 0n) {
    const advice =
      "register the agent (nexus agent register --bond N --file FILE), or configure the key that its operator bound to it";
    return [{ what: `${name}: agent`, found: `${address} has no seat`, isRight: false, advice }];
  }
  const [agent, least, cap] = await Promise.all([registry.agentOf(agentId), registry.MIN_BOND(), registry.weightCap()]);
  const status = AGENT_STATUSES[Number(seat.status)] ?? "None";
  const stake = (units: bigint): string => formatUnits(units, DECIMALS);
  const until = new Date(Number(seat.validUntil) * 1_000).toISOString();
  return [
    judged(`${name}: agent`, status === "Active", {
      found: `agent ${agentId}, ${status}`,
      advice: `its operator brings it back: nexus agent pause --id ${agentId} --resume`,
    }),
    judged(`${name}: key`, seat.validUntil === 0n, {
      found: seat.validUntil === 0n ? `${address} is current` : `${address} was rotated out and counts until ${until}`,
      advice: "configure the agent's new vote signer; the old one cannot propose",
    }),
    judged(`${name}: bond`, agent.bond >= least, {
      found: `${stake(agent.bond)} of at least ${stake(least)}`,
      advice: `add to it: nexus agent bond --id ${agentId} --amount N`,
    }),
    judged(`${name}: weight`, weight > 0n, {
      found: `${weight}, at most ${cap}`,
      advice: `its operator's other agents use up the cap, or its score is low: nexus agent status --id ${agentId} says which`,
    }),
    await bucketFinding(book, provider, agentId, name),
  ];
};
