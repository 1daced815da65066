import { CHANNELS_DOMAIN, CLOSE_TYPES, CONFIG_TYPES, VOUCHER_TYPES } from "../../keepers/core/channelTypes.ts";
import { type Signer, USDC, ZERO, ethers, now, voteKey } from "./chain.ts";
import { type Domain, type Money, CHAIN_ID, moneyFixture } from "./money.ts";

export type Config = {
  readonly payer: string;
  readonly payerAuthorizer: string;
  readonly receiver: string;
  readonly receiverAuthorizer: string;
  readonly token: string;
  readonly withdrawDelay: bigint;
  readonly salt: string;
};

export const DELAY = 3_600n;
export const DEPOSIT = 1_000n * USDC;
/** Signs vouchers for the payer. */
export const authorizer = voteKey(60);

export const channelDomain = (f: Pick<Money, "addresses">): Domain => ({
  ...CHANNELS_DOMAIN,
  chainId: CHAIN_ID,
  verifyingContract: f.addresses.channels,
});

/** The depositor pays the payee; a key of its own signs the vouchers. */
export const configOf = (f: Money, change: Partial<Config> = {}): Config => ({
  payer: f.depositor.address,
  payerAuthorizer: authorizer.address,
  receiver: f.payee.address,
  receiverAuthorizer: ZERO,
  token: f.addresses.usdc,
  withdrawDelay: DELAY,
  salt: ethers.ZeroHash,
  ...change,
});

/** A channel's id, computed by ethers and not by our contracts. */
export const idOf = (f: Pick<Money, "addresses">, config: Config, domain = channelDomain(f)): string =>
  ethers.TypedDataEncoder.hash(domain, CONFIG_TYPES, config);

/** The signature of a voucher, 65 bytes. */
export const voucherOf = (
  f: Pick<Money, "addresses">,
  config: Config,
  maxClaimableAmount: bigint,
  {
    key = authorizer,
    domain = channelDomain(f),
  }: { readonly key?: Pick<Signer, "signTypedData">; readonly domain?: Domain } = {},
): Promise<string> => {
  const channelId = idOf(f, config);
  return key.signTypedData(domain, VOUCHER_TYPES, { channelId, maxClaimableAmount });
};

/** What a receiver signs to agree to a common close. */
export const agreementOf = (
  f: Money,
  config: Config,
  { total, deadline }: { readonly total: bigint; readonly deadline: bigint },
  signer: Pick<Signer, "signTypedData"> = f.payee,
): Promise<string> =>
  signer.signTypedData(channelDomain(f), CLOSE_TYPES, { channelId: idOf(f, config), total, deadline });

export const STATE = { none: 0n, open: 1n, closing: 2n, closingStale: 3n, closed: 4n } as const;

/** A channel of the depositor to the payee is open. */
export const channelFixture = async () => {
  const f = await moneyFixture();
  const config = configOf(f);
  await f.channels.connect(f.depositor).open(config, DEPOSIT);
  return { ...f, config, id: idOf(f, config) };
};
export type WithChannel = Awaited<ReturnType<typeof channelFixture>>;

/** A hundred was claimed from it. */
export const CLAIMED = 100n * USDC;
export const claimedFixture = async () => {
  const f = await channelFixture();
  await f.channels.claim(f.config, CLAIMED, await voucherOf(f, f.config, CLAIMED));
  return f;
};

/** The payer started to close it after that, and says that it owes no more. */
export const closingFixture = async () => {
  const f = await claimedFixture();
  await f.channels.connect(f.depositor).initiateClose(f.config, CLAIMED);
  return { ...f, closesAt: (await now()) + DELAY };
};

/** It is closed. */
export const closedFixture = async () => {
  const f = await claimedFixture();
  await f.channels.connect(f.payee).close(f.config, 0n, 0n, "0x");
  return f;
};
