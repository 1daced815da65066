import { Contract, type Provider, getAddress, hashMessage, isError, verifyMessage } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import { NexusToken__factory, Treasury__factory } from "../../../types/index.ts";
import { reasonOf } from "../../adapters/readers/reason.ts";
import { RetryableError } from "../../core/errors.ts";
import type { Access } from "./gate.ts";

const ERC1271 = ["function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)"];
/** What ERC-1271 answers to a signature that holds. */
const MAGIC = "0x1626ba7e";

const asked = async <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((cause: unknown) => {
    throw new RetryableError(`the chain does not answer: ${reasonOf(cause)}`, { cause });
  });

/** A key's own signature. It is tried first: it asks nobody. */
const isByKey = (account: string, text: string, signature: string): boolean => {
  try {
    return verifyMessage(text, signature) === getAddress(account);
  } catch {
    return false;
  }
};

const isByContract = async (provider: Provider, account: string, [hash, signature]: readonly [string, string]) => {
  if ((await asked(provider.getCode(account))) === "0x") return false;
  const call = new Contract(account, ERC1271, provider).getFunction("isValidSignature").staticCall(hash, signature);
  return call.then(
    (answer: unknown) => answer === MAGIC,
    (error: unknown) => {
      // A contract that reverts, or answers something else, did not sign.
      if (isError(error, "CALL_EXCEPTION") || isError(error, "BAD_DATA")) return false;
      throw new RetryableError(`the chain does not answer: ${reasonOf(error)}`, { cause: error });
    },
  );
};

/** Asks the chain who signed and who is a member. */
export const membershipOf = (book: AddressBook, provider: Provider): Pick<Access, "hasSigned" | "isMember"> => {
  const token = NexusToken__factory.connect(addressOf(book, "NexusToken"), provider);
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
  return {
    hasSigned: async (account, text, signature) =>
      isByKey(account, text, signature) || isByContract(provider, account, [hashMessage(text), signature]),
    isMember: async (account) => {
      const held = await asked(
        Promise.all([token.balanceOf(account), token.getVotes(account), treasury.balanceOf(account)]),
      );
      return held.some((amount) => amount > 0n);
    },
  };
};
