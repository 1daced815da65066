/** One member of an EIP-712 struct. */
export type TypedField = { readonly name: string; readonly type: string };

/** EIP-712 members of a channel, whose hash is its id: x402's batch settlement under our own domain. */
export const CONFIG_TYPES = {
  ChannelConfig: [
    { name: "payer", type: "address" },
    { name: "payerAuthorizer", type: "address" },
    { name: "receiver", type: "address" },
    { name: "receiverAuthorizer", type: "address" },
    { name: "token", type: "address" },
    { name: "withdrawDelay", type: "uint40" },
    { name: "salt", type: "bytes32" },
  ],
};

/** EIP-712 members of a voucher: the sum that a channel owes so far. */
export const VOUCHER_TYPES = {
  Voucher: [
    { name: "channelId", type: "bytes32" },
    { name: "maxClaimableAmount", type: "uint128" },
  ],
};

/** EIP-712 members of what a receiver signs to agree to a common close. */
export const CLOSE_TYPES = {
  Close: [
    { name: "channelId", type: "bytes32" },
    { name: "total", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** Name and version of the EIP-712 domain of PaymentChannels. */
export const CHANNELS_DOMAIN = { name: "NEXUS PaymentChannels", version: "1" } as const;

/** Mirrors `ChannelState` of contracts/types/Channel.sol, in the same order: the index is the value on the chain. */
export const CHANNEL_STATES = ["None", "Open", "Closing", "ClosingStale", "Closed"] as const;
