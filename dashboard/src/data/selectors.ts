/* The functions that a person's wallet is asked for, by the first four bytes of their hash; a test holds them to the contracts. */
export const SELECTORS = {
  "deposit(uint256,address)": "0x6e553f65",
  "previewDeposit(uint256)": "0xef8b30f7",
  "redeem(uint256,address,address)": "0xba087652",
  "previewRedeem(uint256)": "0x4cdad506",
  "maxRedeem(address)": "0xd905777e",
  "redeemInKind(uint256,address,address)": "0xa4bfc6b6",
  "recentSharesOf(address)": "0xd37fe199",
  "assets()": "0x71a97305",
  "asset()": "0x38d52e0f",
  "balanceOf(address)": "0x70a08231",
  "approve(address,uint256)": "0x095ea7b3",
  "allowance(address,address)": "0xdd62ed3e",
  "tallyOf(bytes32)": "0xb4a6def1",
  "castVoteBySig(uint256,uint8,address,bytes)": "0x8ff262e3",
  "delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)": "0xc3cda520",
  "veto(bytes32,string)": "0xb06cd487",
  "hashCoSignature(bytes32)": "0xf065ad85",
  "getOwners()": "0xa0e67e2b",
  "getThreshold()": "0xe75235b8",
  "nonce()": "0xaffed0e0",
  "isValidSignature(bytes32,bytes)": "0x1626ba7e",
  "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)": "0x6a761202",
  "castVote(uint256,uint8)": "0x56781388",
  "hasVoted(uint256,address)": "0x43859632",
  "delegate(address)": "0x5c19a95c",
  "delegates(address)": "0x587cde1e",
  "getVotes(address)": "0x9ab24eb0",
} as const;
export type FunctionName = keyof typeof SELECTORS;

const WORD_DIGITS = 64;

/** One word of a call, as 64 hex digits: a number, an address, or 32 bytes. */
export const wordOf = (value: bigint | string): string =>
  (typeof value === "bigint" ? value.toString(16) : value.slice(2).toLowerCase()).padStart(WORD_DIGITS, "0");

/** The data of a call whose arguments are numbers and addresses. */
export const encode = (name: FunctionName, ...args: readonly (bigint | string)[]): string =>
  `${SELECTORS[name]}${args.map(wordOf).join("")}`;

/** One word of an answer as a number; zero where the answer ends before it. */
export const wordAt = (answer: string, index: number): bigint => {
  const digits = answer.slice(2 + index * WORD_DIGITS, 2 + (index + 1) * WORD_DIGITS);
  return digits === "" ? 0n : BigInt(`0x${digits}`);
};

export const addressAt = (answer: string, index: number): string =>
  `0x${wordAt(answer, index).toString(16).padStart(40, "0")}`;

/** The words of an answer that is one list. */
export const listIn = (answer: string): readonly bigint[] => {
  const start = Number(wordAt(answer, 0)) / 32;
  return Array.from({ length: Number(wordAt(answer, start)) }, (_, index) => wordAt(answer, start + 1 + index));
};
