import { AbiCoder, type ContractRunner, keccak256 } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import { type Keccak, hex } from "../../core/hex.ts";
import type { JobTerms } from "../../core/jobTerms.ts";
import {
  type Accounts,
  Accounts__factory,
  type Escrow,
  Escrow__factory,
  type FeeSplitter,
  FeeSplitter__factory,
  type PaymentChannels,
  PaymentChannels__factory,
} from "../../../types/index.ts";
import { addressOf } from "../../../deployments/lookup.ts";

/** What moves money between agents, as one runner sees it. */
export type Money = {
  readonly accounts: Accounts;
  readonly channels: PaymentChannels;
  readonly escrow: Escrow;
  readonly splitter: FeeSplitter;
};

/** The money contracts of an address book. @throws Error when the book lacks one */
export const moneyOf = (book: AddressBook, runner: ContractRunner): Money => ({
  accounts: Accounts__factory.connect(addressOf(book, "Accounts"), runner),
  channels: PaymentChannels__factory.connect(addressOf(book, "PaymentChannels"), runner),
  escrow: Escrow__factory.connect(addressOf(book, "Escrow"), runner),
  splitter: FeeSplitter__factory.connect(addressOf(book, "FeeSplitter"), runner),
});

const TERMS = Escrow__factory.createInterface().getFunction("jobIdOf").inputs;

/** A job's key: the hash of its terms, as `Escrow.jobIdOf` makes it. */
export const jobIdOf = (terms: JobTerms): string => keccak256(AbiCoder.defaultAbiCoder().encode(TERMS, [terms]));

/** Keccak-256, for the functions of the keepers that take it as a parameter. */
export const keccak: Keccak = (data) => hex(keccak256(data));
