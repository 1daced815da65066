import type { BreakerLevel, ChainSnapshot, TokenState } from "./chainSnapshot.ts";
import { type Keccak, sizeOf, sliceBytes } from "./hex.ts";
import { verifyLeaf } from "./merkle.ts";
import { type Call, type DecodedCall, type CallProof, ROUTINE, ZERO_ADDRESS } from "./proposal.ts";
import { type Decoders } from "./protocols/all.ts";
import { decodeBy } from "./protocols/protocol.ts";
import { type Refusal, type Verdict, NONE, refuse } from "./refusal.ts";
import type { Address } from "./units.ts";

/** The fixed environment of a treasury. */
export type CallEnvironment = {
  readonly treasury: Address;
  /** Our own contracts and the timelock: never a target. */
  readonly core: ReadonlySet<Address>;
  readonly decoders: Decoders;
};

/** What the rule is made of beside the chain's state. */
export type CallRules = { readonly keccak: Keccak; readonly environment: CallEnvironment };

/** The answer, and what the calls were read as, up to the one at fault. */
export type CallVerdict = Verdict & { readonly decoded: readonly DecodedCall[] };

const MAX_CALLS = 16;
const MAX_UINT128 = (1n << 128n) - 1n;
const LEVEL_ORDER: Readonly<Record<BreakerLevel, number>> = { Normal: 0, ReduceOnly: 1, Halted: 2 };

const decode = (
  { keccak, environment: { decoders } }: CallRules,
  call: Call,
  decoder: Address,
): DecodedCall | undefined => {
  const protocol = decoders.get(decoder);
  return protocol === undefined ? undefined : decodeBy(keccak, protocol, call);
};

/** Mirrors `Mandate._authorize`. */
const authorizeOne = (
  rules: CallRules,
  { call, callProof }: { readonly call: Call; readonly callProof: CallProof },
  view: ChainSnapshot,
): { readonly refusal: Refusal; readonly decoded?: DecodedCall } => {
  const { keccak, environment } = rules;
  if (environment.core.has(call.target)) return { refusal: "CoreTarget" };
  const decoded = sizeOf(call.data) < 4 ? undefined : decode(rules, call, callProof.decoder);
  if (decoded === undefined) return { refusal: "UndecodableCall" };
  const leaf = {
    target: call.target,
    selector: sliceBytes(call.data, 0, 4),
    decoder: callProof.decoder,
    key: decoded.key,
    minClass: callProof.minClass,
  };
  if (!verifyLeaf(keccak, leaf, { proof: callProof.proof, root: view.mandateRoot })) return { refusal: "NotInMandate" };
  const buys = decoded.tokenOut !== ZERO_ADDRESS;
  if (buys && decoded.recipient !== environment.treasury) return { refusal: "RecipientNotTreasury" };
  if (callProof.minClass > ROUTINE) return { refusal: "ClassNotAllowed" };
  return { refusal: "None", decoded };
};

type Limits = ReadonlyMap<Address, bigint>;

/** Whether the sum of what is spent of a token stays within its limit. */
const spendRefusal = (tokenIn: Address, total: bigint, limits: Limits): Refusal => {
  if (tokenIn === ZERO_ADDRESS) return "None";
  const perAction = limits.get(tokenIn) ?? 0n;
  if (perAction === 0n) return "TokenNotInMandate";
  return total > perAction ? "OverActionLimit" : "None";
};

/** Mirrors `Mandate._limitRefusal`. */
const withinActionLimits = (decoded: readonly DecodedCall[], view: ChainSnapshot): Verdict => {
  const limits: Limits = new Map(view.tokens.map(({ token, perAction }) => [token, perAction]));
  const spent = new Map<Address, bigint>();
  for (const [index, { tokenIn, tokenOut, amountIn }] of decoded.entries()) {
    if (amountIn > MAX_UINT128) return refuse("OverActionLimit", index);
    const total = (spent.get(tokenIn) ?? 0n) + amountIn;
    spent.set(tokenIn, total);
    const buys = tokenOut !== ZERO_ADDRESS;
    if (buys && (limits.get(tokenOut) ?? 0n) === 0n) return refuse("TokenNotInMandate", index);
    const refusal = spendRefusal(tokenIn, total, limits);
    if (refusal !== "None") return refuse(refusal, index);
  }
  return NONE;
};

/** The highest level of everything that the calls touch; mirrors `CircuitBreaker.highestLevel`. */
export const levelFor = (
  calls: readonly Call[],
  decoded: readonly DecodedCall[],
  view: Pick<ChainSnapshot, "everything" | "levels" | "tokens">,
): BreakerLevel => {
  const tokens = new Map<Address, TokenState>(view.tokens.map((state) => [state.token, state]));
  const touched = decoded.flatMap(({ tokenIn, tokenOut }) => [tokenIn, tokenOut]);
  const levels = [
    ...touched.map((token) => tokens.get(token)?.level ?? view.levels.get(token)),
    ...calls.map(({ target }) => view.levels.get(target) ?? tokens.get(target)?.level),
  ];
  return levels.reduce<BreakerLevel>(
    (highest, level) => (level !== undefined && LEVEL_ORDER[level] > LEVEL_ORDER[highest] ? level : highest),
    view.everything,
  );
};

/**
 * Whether the mandate permits the calls and the breaker lets them: mirrors `Treasury.previewExecute` for the `Routine`
 * class. A token that the view does not hold counts as one without limits. [NX-CON-08]
 */
export const previewCalls = (
  rules: CallRules,
  { calls, callProofs }: { readonly calls: readonly Call[]; readonly callProofs: readonly CallProof[] },
  view: ChainSnapshot,
): CallVerdict => {
  if (calls.length === 0 || calls.length > MAX_CALLS) return { ...refuse("BadCallCount"), decoded: [] };
  if (callProofs.length !== calls.length) return { ...refuse("ProofCountMismatch"), decoded: [] };
  const all: DecodedCall[] = [];
  for (const [index, call] of calls.entries()) {
    const callProof = callProofs[index];
    if (callProof === undefined) return { ...refuse("ProofCountMismatch"), decoded: all };
    const { refusal, decoded } = authorizeOne(rules, { call, callProof }, view);
    if (refusal !== "None" || decoded === undefined) return { ...refuse(refusal, index), decoded: all };
    all.push(decoded);
  }
  const limits = withinActionLimits(all, view);
  if (limits.refusal !== "None") return { ...limits, decoded: all };
  const halted = levelFor(calls, all, view) === "Halted";
  return { ...(halted ? refuse("BreakerHalted") : NONE), decoded: all };
};
