import { type Signer, Contract } from "ethers";
import type { BookEnvironment, BookShareLending } from "../../deployments/schema.ts";
import { CompoundV2Position__factory } from "../../types/index.ts";
import { deployCompound, fillMarket } from "./compound.ts";
import type { Tokens } from "./liquidity.ts";

/** The sandbox's Takara: its entry of the address book, and the token that shows its shares. */
export type SandboxTakara = { readonly market: BookShareLending; readonly tokens: BookEnvironment["tokens"] };

type TakaraWorld = {
  readonly tokens: Tokens;
  /** Gives `amount` raw units to an account. */
  readonly mint: (token: "USDC", account: string, amount: bigint) => Promise<void>;
};

const NAME = "Takara";
const WAD = 10n ** 18n;
const PERCENT = WAD / 100n;
/** Blocks of a year at 400 ms, and as the published model counts them: by this much more often than it thinks, interest is due. */
const [SEI_YEAR, MODEL_YEAR] = [78_840_000n, 2_102_400n];
const yearly = (percent: bigint): bigint => (percent * PERCENT * MODEL_YEAR) / SEI_YEAR;

const RATES = { base: 0n, multiplier: yearly(6n), jump: yearly(300n), kink: 80n * PERCENT } as const;
/** What others have lent and borrowed before NEXUS comes. */
const LENT = 1_500_000n * 10n ** 6n;
const BORROWED = 900_000n * 10n ** 6n;

/** Deploys the market of shares of the sandbox, fills it with others' money, and shows its shares in dollars. */
export const createTakara = async (signer: Signer, { tokens, mint }: TakaraWorld): Promise<SandboxTakara> => {
  const { address: asset, decimals } = tokens.USDC;
  const factors = { reserveFactor: 10n * PERCENT, collateralFactor: 75n * PERCENT };
  const spec = { name: "USDC", asset, decimals, price: WAD, rates: RATES, ...factors };
  const compound = await deployCompound(signer, [spec]);
  const [market] = compound.markets;
  if (market === undefined) throw new Error("one market was asked for");
  await mint("USDC", await signer.getAddress(), LENT);
  const token = new Contract(asset, ["function approve(address,uint256)"], signer);
  await fillMarket(compound, { market, token, lent: LENT, borrowed: BORROWED });
  const pool = await market.getAddress();
  const shown = await (await new CompoundV2Position__factory(signer).deploy(pool)).waitForDeployment();
  const position = await shown.getAddress();
  return {
    market: {
      name: NAME,
      kind: "compoundV2",
      pool,
      comptroller: await compound.comptroller.getAddress(),
      reserves: [{ asset, position }],
    },
    tokens: { tkUSDC: { address: position, symbol: "tkUSDC", decimals } },
  };
};
