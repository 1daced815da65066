import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyTypedData } from "ethers";
import { CHANNELS_DOMAIN, VOUCHER_TYPES } from "../../keepers/core/channelTypes.ts";
import { word } from "../../keepers/core/hex.ts";
import { unixSeconds } from "../../keepers/core/units.ts";
import { loadKeccak } from "../../keepers/adapters/payments/keccak.ts";
import { loadNative } from "../../keepers/adapters/payments/native.ts";
import { nativeRecovery, portableRecovery } from "../../keepers/adapters/payments/recover.ts";
import { type ChannelSnapshot, type Stored, acceptVoucher } from "../../keepers/agents/payments/accept.ts";
import { parseVoucher, voucherToWire } from "../../keepers/agents/payments/parse.ts";
import type { RecoverSigner } from "../../keepers/agents/payments/ports.ts";
import type { SignedVoucher } from "../../keepers/agents/payments/voucher.ts";
import { percentile } from "../../keepers/views/percentile.ts";
import { type Counter, DEPOSIT, PRICE, type Payer, openCounter } from "./vouchers/counter.ts";
import { killSellers } from "./vouchers/kills.ts";
import { removeFolder } from "../lib/removeFolder.ts";

export type VoucherRow = {
  readonly flow: "voucher-check" | "voucher-durable" | "voucher-kills";
  readonly system: "nexus" | "nexus-portable" | "ethers" | "ratio";
  readonly measure: string;
  readonly value: number;
  readonly unit: "ms" | "/s" | "×" | "vouchers" | "kills";
};

const CHECKS = 20_000;
const SLOW_CHECKS = 400;
const WARM_UP = 2_000;
const PAYERS = 256;
const DURABLE = 30_000;
const KILLS = 1_000;
const SEED = 4;

type Timed = { readonly p50: number; readonly p99: number; readonly perSecond: number };

/** Times each call by itself, after a warm-up; milliseconds. What a core does in a second is counted in this process's own time. */
const timeEach = <T>(items: readonly T[], warmUp: number, check: (item: T) => void): Timed => {
  for (const item of items.slice(0, warmUp)) check(item);
  const times: number[] = [];
  const begun = process.cpuUsage();
  for (const item of items) {
    const start = performance.now();
    check(item);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(begun);
  return {
    p50: percentile(times, 50) ?? 0,
    p99: percentile(times, 99) ?? 0,
    perSecond: (items.length * 1e6) / (user + system),
  };
};

const vouchersOf = async ({ channelId, sign }: Payer, count: number): Promise<readonly SignedVoucher[]> => {
  const vouchers: SignedVoucher[] = [];
  for (let n = 1n; n <= BigInt(count); n += 1n) vouchers.push(await sign({ channelId, maxClaimableAmount: n * PRICE }));
  return vouchers;
};

const viewOf = ({ channelId, terms }: Payer): ChannelSnapshot => ({
  channelId,
  signer: terms.payer,
  isSignerContract: false,
  state: "Open",
  deposited: DEPOSIT,
  paid: 0n,
  closesAt: unixSeconds(0n),
  time: unixSeconds(1n),
});

/** All that a voucher goes through before it is written down: parsed, hashed, its signer recovered, its total compared. */
const timeOurs = (
  counter: Counter,
  payer: Payer,
  recover: RecoverSigner,
  vouchers: readonly SignedVoucher[],
): Timed => {
  const view = viewOf(payer);
  const wires: readonly unknown[] = vouchers.map((voucher): unknown =>
    JSON.parse(JSON.stringify(voucherToWire(voucher))),
  );
  const stored: Stored = { last: undefined, agreedUntil: undefined };
  return timeEach(wires, WARM_UP, (wire) => {
    const parsed = parseVoucher(wire);
    if (parsed.kind === "malformed") throw new Error(`${parsed.field} is malformed`);
    const answer = acceptVoucher({ stored, view, price: undefined }, parsed.value, { hashes: counter.hashes, recover });
    if (answer.kind !== "accepted") throw new Error(`not accepted: ${answer.kind}`);
  });
};

const timeEthers = ({ terms }: Payer, vouchers: readonly SignedVoucher[]): Timed =>
  timeEach(vouchers, SLOW_CHECKS / 4, ({ domain, channelId, maxClaimableAmount, signature }) => {
    const typed = { ...CHANNELS_DOMAIN, chainId: domain.chainId, verifyingContract: domain.channels };
    const signer = verifyTypedData(typed, VOUCHER_TYPES, { channelId, maxClaimableAmount }, signature);
    if (signer.toLowerCase() !== terms.payer) throw new Error("the signer differs");
  });

const checkRows = (system: "nexus" | "nexus-portable" | "ethers", timed: Timed): readonly VoucherRow[] => [
  { flow: "voucher-check", system, measure: "p50", value: timed.p50, unit: "ms" },
  { flow: "voucher-check", system, measure: "p99", value: timed.p99, unit: "ms" },
  { flow: "voucher-check", system, measure: "one core", value: timed.perSecond, unit: "/s" },
];

const benchChecks = async (counter: Counter, payer: Payer): Promise<readonly VoucherRow[]> => {
  const vouchers = await vouchersOf(payer, CHECKS);
  const few = vouchers.slice(0, SLOW_CHECKS);
  const keccak = await loadKeccak();
  const native = loadNative();
  if (native === undefined) throw new Error("the native recovery has no build for this machine: nothing to measure");
  const ours = timeOurs(counter, payer, nativeRecovery(native, keccak), vouchers);
  const portable = timeOurs(counter, payer, await portableRecovery(keccak), few);
  const ethers = timeEthers(payer, few);
  const ratio = { flow: "voucher-check", system: "ratio", measure: "as fast as ethers", unit: "×" } as const;
  return [
    ...checkRows("nexus", ours),
    ...checkRows("nexus-portable", portable),
    ...checkRows("ethers", ethers),
    { ...ratio, value: ethers.p50 / ours.p50 },
  ];
};

/** Every payer pays again as soon as its last voucher is acknowledged; signing is not in the time. */
const benchDurable = async ({ intake, payers }: Counter): Promise<readonly VoucherRow[]> => {
  const each = Math.floor(DURABLE / PAYERS);
  const lines: (readonly [Payer, readonly SignedVoucher[]])[] = [];
  for (const payer of payers) lines.push([payer, await vouchersOf(payer, each)]);
  const times: number[] = [];
  const payOn = async ([{ terms }, vouchers]: readonly [Payer, readonly SignedVoucher[]]): Promise<void> => {
    for (const voucher of vouchers) {
      const start = performance.now();
      const answer = await intake.receive(terms, voucher, {
        price: PRICE,
        purchase: word(voucher.maxClaimableAmount),
        isNamed: true,
      });
      if (answer.kind !== "accepted") throw new Error(`not accepted: ${answer.kind}`);
      times.push(performance.now() - start);
    }
  };
  const begun = performance.now();
  await Promise.all(lines.map(payOn));
  const perSecond = (times.length * 1e3) / (performance.now() - begun);
  const row = { flow: "voucher-durable", system: "nexus" } as const;
  return [
    { ...row, measure: "two cores", value: perSecond, unit: "/s" },
    { ...row, measure: "p50", value: percentile(times, 50) ?? 0, unit: "ms" },
    { ...row, measure: "p99", value: percentile(times, 99) ?? 0, unit: "ms" },
  ];
};

const benchKills = async (): Promise<readonly VoucherRow[]> => {
  const { kills, underLoad, acknowledged, lost } = await killSellers(KILLS, SEED);
  const row = { flow: "voucher-kills", system: "nexus" } as const;
  return [
    { ...row, measure: "kill -9", value: kills, unit: "kills" },
    { ...row, measure: "of them under load", value: underLoad, unit: "kills" },
    { ...row, measure: "acknowledged", value: acknowledged, unit: "vouchers" },
    { ...row, measure: "lost", value: lost, unit: "vouchers" },
  ];
};

/**
 * How fast vouchers are checked, beside ethers in the same run, and taken in durably; and how many are lost in a thousand
 * kills. The disk is that of the folder for temporary files. Takes about seven minutes, most of it for the kills.
 */
export const benchVouchers = async (): Promise<readonly VoucherRow[]> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-vouchers-"));
  try {
    const counter = await openCounter(join(folder, "vouchers.log"), PAYERS);
    const [first] = counter.payers;
    if (first === undefined) throw new Error("no payer");
    const rows = [...(await benchChecks(counter, first)), ...(await benchDurable(counter))];
    await counter.store.close();
    return [...rows, ...(await benchKills())];
  } finally {
    await removeFolder(folder);
  }
};
