import { concat, encodeBytes32String, keccak256, parseUnits, recoverAddress, toBeHex } from "ethers";
import { z } from "zod";
import type { Address } from "../../core/units.ts";
import type { AnswerFault } from "../../market/prices/pullUpdate.ts";
import { medianOf } from "../../market/prices/agreement.ts";
import type { OracleAnswer } from "../../market/prices/samples.ts";
import { isRecord } from "../chain/rpc.ts";
import { type AskTerms, getJson } from "./getJson.ts";
import type { PriceEndpoint } from "./poller.ts";

/** Where packages of RedStone are asked for, and whose signatures make a price. */
export type RedstoneTerms = {
  /** A gateway's address, before `/v2/data-packages/latest`. */
  readonly url: string;
  readonly service: string;
  readonly signers: readonly Address[];
  /** So many of the signers must have signed a value of the same time. */
  readonly threshold: number;
  /** RedStone's names of values, such as `SEI`, by the names of the oracles in the address book. */
  readonly feeds: Readonly<Record<string, string>>;
};

/** Decimals of every value. What an answer says of them is not signed, and would move the point. */
const DECIMALS = 8;
const VALUE_BYTES = 32;
/** A gateway answers all values of its service at once, some megabytes. */
const MAX_BYTES = 16 * 2 ** 20;

const packageShape = z.object({
  timestampMilliseconds: z
    .int()
    .positive()
    .max(2 ** 47),
  signature: z.base64().max(100),
  dataPoints: z.tuple([z.object({ dataFeedId: z.string(), value: z.union([z.number(), z.string().max(80)]) })]),
});
type Package = z.output<typeof packageShape>;
/** Packages of one value; more than there can be signers are not looked at. Of other values nothing is asked. */
const packagesShape = z.array(z.unknown()).max(64);

type Signed = { readonly signer: string; readonly value: bigint; readonly milliseconds: number };

/** A value as it is signed, in its smallest units. Undefined for what is no number or below zero. */
const valueOf = (told: number | string): bigint | undefined => {
  const number = Number(told);
  if (!Number.isFinite(number) || number < 0 || number >= 1e21) return undefined;
  return parseUnits(number.toFixed(DECIMALS), DECIMALS);
};

/** Who signed a package of one value; undefined where nobody can have. */
const signedIn = (told: unknown, name: string): Signed | undefined => {
  const parsed = packageShape.safeParse(told);
  if (!parsed.success) return undefined;
  const { timestampMilliseconds, signature, dataPoints }: Package = parsed.data;
  const [{ dataFeedId, value: number }] = dataPoints;
  const value = dataFeedId === name ? valueOf(number) : undefined;
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

const knownIn = (told: unknown, name: string, known: ReadonlySet<string>): readonly Signed[] => {
  const packages = packagesShape.safeParse(told);
  const signed = packages.success ? packages.data.flatMap((one) => signedIn(one, name) ?? []) : [];
  return signed.filter(({ signer }) => known.has(signer));
};

/** RedStone's packages: each value is the median of what the threshold of its signers signed, and each signature is checked here. */
export const redstoneEndpoint = (
  { url, service, signers, threshold, feeds }: RedstoneTerms,
  terms: AskTerms,
): PriceEndpoint => {
  const known = new Set(signers.map((signer) => signer.toLowerCase()));
  const about = new URL(url).host;
  const refusal = (fault: AnswerFault, detail: string) => ({ about, fault, detail });
  const address = `${url.replace(/\/$/, "")}/v2/data-packages/latest/${encodeURIComponent(service)}`;
  return {
    ask: async () => {
      const answer = await getJson({ ...terms, maxBytes: MAX_BYTES }, address);
      if (answer.kind === "refused") return { answers: [], refusals: [refusal(answer.fault, answer.detail)] };
      const { value } = answer;
      // Of all that a gateway says only the wanted names are looked at.
      if (!isRecord(value)) return { answers: [], refusals: [refusal("shape", "it is no list of packages")] };
      const found = Object.entries(feeds).map(([source, name]) => {
        return {
          source,
          name,
          price: agreed(knownIn(Object.hasOwn(value, name) ? value[name] : undefined, name, known), threshold),
        };
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
