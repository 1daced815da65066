import type { BreakerLevel, ChainView, TokenState } from "./chainView.ts";
import { type Keccak, sizeOf, sliceBytes } from "./hex.ts";
import { verifyLeaf } from "./merkle.ts";
import { type Call, type DecodedCall, type Grant, ROUTINE, ZERO_ADDRESS } from "./proposal.ts";
import { type Decoders } from "./protocols/all.ts";
import { decodeBy } from "./protocols/protocol.ts";
import { type Refusal, type Verdict, NONE, refuse } from "./refusal.ts";
import type { Address } from "./units.ts";

/** The fixed surroundings of a treasury. */
export type Surroundings = {
  readonly treasury: Address;
  /** Our own contracts and the timelock: never a target. */
  readonly core: ReadonlySet<Address>;
  readonly decoders: Decoders;
};

/** What the rule is made of beside the chain's state. */
export type CallRules = { readonly keccak: Keccak; readonly around: Surroundings };

/** The answer, and what the calls were read as, up to the one at fault. */
export type CallVerdict = Verdict & { readonly decoded: readonly DecodedCall[] };

const MAX_CALLS = 16;
const MAX_UINT128 = (1n << 128n) - 1n;
const LEVEL_ORDER: Readonly<Record<BreakerLevel, number>> = { Normal: 0, ReduceOnly: 1, Halted: 2 };

const decode = ({ keccak, around: { decoders } }: CallRules, call: Call, decoder: Address): DecodedCall | undefined => {
  const protocol = decoders.get(decoder);
  return protocol === undefined ? undefined : decodeBy(keccak, protocol, call);
};

/** Mirrors `Mandate._authorizeOne`. */
const authorizeOne = (
  rules: CallRules,
  { call, grant }: { readonly call: Call; readonly grant: Grant },
  view: ChainView,
): { readonly refusal: Refusal; readonly decoded?: DecodedCall } => {
  const { keccak, around } = rules;
  if (around.core.has(call.target)) return { refusal: "CoreTarget" };
  const decoded = sizeOf(call.data) < 4 ? undefined : decode(rules, call, grant.decoder);
  if (decoded === undefined) return { refusal: "UndecodableCall" };
  const leaf = {
    target: call.target,
    selector: sliceBytes(call.data, 0, 4),
    decoder: grant.decoder,
    key: decoded.key,
    leastClass: grant.leastClass,
  };
  if (!verifyLeaf(keccak, leaf, { proof: grant.proof, root: view.mandateRoot })) return { refusal: "NotInMandate" };
  const buys = decoded.tokenOut !== ZERO_ADDRESS;
  if (buys && decoded.recipient !== around.treasury) return { refusal: "RecipientNotTreasury" };
  if (grant.leastClass > ROUTINE) return { refusal: "ClassNotAllowed" };
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

/** Mirrors `Mandate._withinActionLimits`. */
const withinActionLimits = (decoded: readonly DecodedCall[], view: ChainView): Verdict => {
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
  view: Pick<ChainView, "everything" | "levels" | "tokens">,
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
  { calls, grants }: { readonly calls: readonly Call[]; readonly grants: readonly Grant[] },
  view: ChainView,
): CallVerdict => {
  if (calls.length === 0 || calls.length > MAX_CALLS) return { ...refuse("BadCallCount"), decoded: [] };
  if (grants.length !== calls.length) return { ...refuse("GrantCountMismatch"), decoded: [] };
  const all: DecodedCall[] = [];
  for (const [index, call] of calls.entries()) {
    const grant = grants[index];
    if (grant === undefined) return { ...refuse("GrantCountMismatch"), decoded: all };
    const { refusal, decoded } = authorizeOne(rules, { call, grant }, view);
    if (refusal !== "None" || decoded === undefined) return { ...refuse(refusal, index), decoded: all };
    all.push(decoded);
  }
  const limits = withinActionLimits(all, view);
  if (limits.refusal !== "None") return { ...limits, decoded: all };
  const halted = levelFor(calls, all, view) === "Halted";
  return { ...(halted ? refuse("BreakerHalted") : NONE), decoded: all };
};
