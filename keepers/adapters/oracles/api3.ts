import { AbiCoder, getBytes, keccak256, solidityPacked, verifyMessage } from "ethers";
import { z } from "zod";
import type { Hex } from "../../core/hex.ts";
import type { Address } from "../../core/units.ts";
import type { AnswerRefusal } from "../../market/prices/pullUpdate.ts";
import { medianOf } from "../../market/prices/agreement.ts";
import type { OracleAnswer } from "../../market/prices/samples.ts";
import { isRecord } from "../chain/rpc.ts";
import { type AskTerms, getJson } from "./getJson.ts";
import type { PriceEndpoint } from "./poller.ts";

/** A value of one of API3's makers. */
export type Beacon = { readonly airnode: Address; readonly templateId: Hex };

/** Where signed values of API3's makers are asked for. */
export type Api3Terms = {
  /** The address of a signed API, before the maker's own. */
  readonly url: string;
  /** The beacons that make an oracle's value, by the oracle's name in the address book; more than half of them are wanted. */
  readonly feeds: Readonly<Record<string, readonly Beacon[]>>;
};

const DECIMALS = 18;
const bytes = (length: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * length}}$`, "u"));
/** All values of a maker come at once. */
const MAX_BYTES = 4 * 2 ** 20;
const toldShape = z.object({
  airnode: bytes(20),
  templateId: bytes(32),
  timestamp: z.string().regex(/^[0-9]{1,12}$/),
  encodedValue: bytes(32),
  signature: bytes(65),
});
type Told = z.output<typeof toldShape>;
/** What says of itself which beacon it is. */
const namedShape = z.object({ airnode: bytes(20), templateId: bytes(32) });
type Value = Pick<OracleAnswer, "price" | "publishTime">;

/** The value that a maker signed; undefined where it did not. */
const valueIn = ({ airnode, templateId, timestamp, encodedValue, signature }: Told): Value | undefined => {
  const packed = solidityPacked(["bytes32", "uint256", "bytes"], [templateId, BigInt(timestamp), encodedValue]);
  try {
    const signer = verifyMessage(getBytes(keccak256(packed)), signature);
    if (signer.toLowerCase() !== airnode.toLowerCase()) return undefined;
    const [price] = AbiCoder.defaultAbiCoder().decode(["int256"], encodedValue).map(BigInt);
    return price === undefined ? undefined : { price, publishTime: BigInt(timestamp) };
  } catch {
    return undefined;
  }
};

const nameOf = ({ airnode, templateId }: Pick<Told, "airnode" | "templateId">): string =>
  `${airnode} ${templateId}`.toLowerCase();

/**
 * What a maker's signed API has of the wanted beacons, each once, or why it has nothing. Of the others no signature is recovered: a
 * maker has hundreds.
 */
const askAirnode = async (
  { url, wanted }: { readonly url: string; readonly wanted: ReadonlySet<string> },
  airnode: Address,
  terms: AskTerms,
): Promise<ReadonlyMap<string, Value> | AnswerRefusal> => {
  const about = new URL(url).host;
  const answer = await getJson({ ...terms, maxBytes: MAX_BYTES }, `${url.replace(/\/$/, "")}/${airnode}`);
  if (answer.kind === "refused") return { about, fault: answer.fault, detail: answer.detail };
  const data = isRecord(answer.value) ? answer.value["data"] : undefined;
  if (!isRecord(data)) return { about, fault: "shape", detail: "it is no signed data" };
  const values = new Map<string, Value>();
  const looked = new Set<string>();
  for (const one of Object.values(data)) {
    const named = namedShape.safeParse(one).data;
    const name = named === undefined ? "" : nameOf(named);
    if (!wanted.has(name) || looked.has(name)) continue;
    looked.add(name);
    const told = toldShape.safeParse(one).data;
    const value = told === undefined ? undefined : valueIn(told);
    if (value !== undefined) values.set(name, value);
  }
  return values;
};

/** The median of an oracle's beacons; undefined where no more than half of them have a value. */
const answerOf = (
  source: string,
  beacons: readonly Beacon[],
  values: ReadonlyMap<string, Value>,
): OracleAnswer | undefined => {
  const found = beacons.flatMap((one) => values.get(nameOf(one)) ?? []);
  if (2 * found.length <= beacons.length) return undefined;
  const price = medianOf(found.map((one) => one.price));
  const publishTime = medianOf(found.map((one) => one.publishTime));
  return { source, price, publishTime, exponent: -DECIMALS, interval: 0n };
};

/** API3's signed values: each is the median of its beacons, of values and of times, as its server makes it on chain. */
export const api3Endpoint = ({ url, feeds }: Api3Terms, terms: AskTerms): PriceEndpoint => {
  const wanted = new Set(Object.values(feeds).flatMap((beacons) => beacons.map(nameOf)));
  const airnodes = [...new Set(Object.values(feeds).flatMap((beacons) => beacons.map(({ airnode }) => airnode)))];
  return {
    ask: async () => {
      const told = await Promise.all(airnodes.map((airnode) => askAirnode({ url, wanted }, airnode, terms)));
      const values = new Map(told.flatMap((each) => ("fault" in each ? [] : [...each])));
      const refusals = told.flatMap((each) => ("fault" in each ? [each] : []));
      const answers: OracleAnswer[] = [];
      for (const [source, beacons] of Object.entries(feeds)) {
        const answer = answerOf(source, beacons, values);
        if (answer === undefined)
          refusals.push({ about: new URL(url).host, fault: "missing", detail: `${source}: too few signed values` });
        else answers.push(answer);
      }
      return { answers, refusals };
    },
  };
};
