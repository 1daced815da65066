import { type Provider, ZeroAddress } from "ethers";
import type { WorstCase } from "../../views/worstCase.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import { Consensus__factory, NexusLens__factory } from "../../../types/index.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { CLASSES } from "../../core/riskClass.ts";

const CRITICAL = CLASSES.indexOf("Critical");

/**
 * Asks the lens of a deployment about each class.
 * @throws Error when the chain does not answer or the book lacks a contract
 */
export const readWorstCases = async (book: AddressBook, provider: Provider): Promise<readonly WorstCase[]> => {
  const lens = NexusLens__factory.connect(addressOf(book, "NexusLens"), provider);
  const consensus = Consensus__factory.connect(addressOf(book, "Consensus"), provider);
  const coSigner = await consensus.coSigner();
  return Promise.all(
    CLASSES.map(async (className, riskClass) => {
      const [policy, worst] = await Promise.all([consensus.policyOf(riskClass), lens.worstCase(riskClass)]);
      const lacksCoSigner = riskClass === CRITICAL && coSigner === ZeroAddress;
      const { atOnce, inADay, notional, deviation } = worst;
      return {
        className,
        passesNothing: policy.threshold === 0n ? "it has no policy" : lacksCoSigner ? "it has no co-signer" : undefined,
        atOnce,
        inADay,
        notional,
        deviation,
        unvalued: worst.unvalued.map(({ token, balance, decrease }) => ({ token, balance, decrease })),
      };
    }),
  );
};
