import { concat, encodeBytes32String, keccak256, parseUnits, recoverAddress, toBeHex } from "ethers";
import { z } from "zod";
import type { Address } from "../../core/units.ts";
import type { AnswerFault } from "../../market/prices/pullUpdate.ts";
import { medianOf } from "../../market/prices/agreement.ts";
import type { OracleAnswer } from "../../market/prices/samples.ts";
import { type AskTerms, getJson } from "./getJson.ts";
import type { PriceEndpoint } from "./poller.ts";

/** Where packages of RedStone are asked for, and whose signatures make a price. */
export type RedstoneTerms = {
  /** A gateway's address, before `/data-packages/latest`. */
  readonly url: string;
  readonly service: string;
  readonly signers: readonly Address[];
  /** So many of the signers must have signed a value of the same time. */
  readonly threshold: number;
  /** RedStone's names of values, such as `SEI`, by the names of the oracles in the address book. */
  readonly feeds: Readonly<Record<string, string>>;
};

const DECIMALS = 8;
const VALUE_BYTES = 32;
/** More packages of a value than there can be signers are not looked at. */
const MAX_PACKAGES = 64;

const packageShape = z.object({
  timestampMilliseconds: z
    .int()
    .positive()
    .max(2 ** 47),
  signature: z.base64().max(100),
  dataPoints: z
    .array(z.object({ dataFeedId: z.string(), value: z.union([z.number(), z.string().max(80)]) }))
    .max(1_000),
});
type Package = z.output<typeof packageShape>;
const answerShape = z.record(z.string(), z.array(packageShape).max(MAX_PACKAGES));

type Signed = { readonly signer: string; readonly value: bigint; readonly milliseconds: number };

/** A value as it is signed: 8 decimals, in 32 bytes. Undefined for what is no number or below zero. */
const valueOf = (told: number | string): bigint | undefined => {
  const number = Number(told);
  if (!Number.isFinite(number) || number < 0 || number >= 1e21) return undefined;
  return parseUnits(number.toFixed(DECIMALS), DECIMALS);
};

/** Who signed a package of one value; undefined where nobody can have. */
const signedIn = ({ timestampMilliseconds, signature, dataPoints }: Package, name: string): Signed | undefined => {
  const [point, ...others] = dataPoints;
  if (point === undefined || others.length > 0 || point.dataFeedId !== name) return undefined;
  const value = valueOf(point.value);
  if (value === undefined) return undefined;
  const content = concat([
    encodeBytes32String(name),
    toBeHex(value, VALUE_BYTES),
    toBeHex(timestampMilliseconds, 6),
    toBeHex(VALUE_BYTES, 4),
    toBeHex(1, 3),
  ]);
  try {
    const signer = recoverAddress(keccak256(content), `0x${Buffer.from(signature, "base64").toString("hex")}`);
    return { signer: signer.toLowerCase(), value, milliseconds: timestampMilliseconds };
  } catch {
    return undefined;
  }
};

/** The newest time at which enough signers signed, and the median of what they signed then. */
const agreed = (all: readonly Signed[], threshold: number): Pick<OracleAnswer, "price" | "publishTime"> | undefined => {
  const times = [...new Set(all.map(({ milliseconds }) => milliseconds))].sort((one, other) => other - one);
  for (const time of times) {
    const bySigner = new Map(
      all.filter(({ milliseconds }) => milliseconds === time).map((one) => [one.signer, one.value]),
    );
    if (bySigner.size < threshold) continue;
    return { price: medianOf([...bySigner.values()]), publishTime: BigInt(Math.floor(time / 1_000)) };
  }
  return undefined;
};

/** RedStone's packages: each value is the median of what the threshold of its signers signed, and each signature is checked here. */
export const redstoneEndpoint = (
  { url, service, signers, threshold, feeds }: RedstoneTerms,
  terms: AskTerms,
): PriceEndpoint => {
  const known = new Set(signers.map((signer) => signer.toLowerCase()));
  const about = new URL(url).host;
  const refusal = (fault: AnswerFault, detail: string) => ({ about, fault, detail });
  const address = `${url.replace(/\/$/, "")}/data-packages/latest/${encodeURIComponent(service)}`;
  return {
    ask: async () => {
      const answer = await getJson(terms, address);
      if (answer.kind === "refused") return { answers: [], refusals: [refusal(answer.fault, answer.detail)] };
      const parsed = answerShape.safeParse(answer.value);
      if (!parsed.success) return { answers: [], refusals: [refusal("shape", "it is no list of packages")] };
      const found = Object.entries(feeds).map(([source, name]) => {
        const packages = parsed.data[name] ?? [];
        const own = packages.flatMap((one) => signedIn(one, name) ?? []).filter(({ signer }) => known.has(signer));
        return { source, name, price: agreed(own, threshold) };
      });
      return {
        answers: found.flatMap(({ source, price }) =>
          price === undefined ? [] : [{ source, exponent: -DECIMALS, interval: 0n, ...price }],
        ),
        refusals: found.flatMap(({ name, price }) =>
          price === undefined ? [refusal("missing", `${name}: fewer than ${threshold} known signers`)] : [],
        ),
      };
    },
  };
};
