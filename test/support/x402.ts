import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { x402Facilitator } from "@x402/core/facilitator";
import type { PaymentPayload as PublishedPayload } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import { Interface, TypedDataEncoder, type TypedDataField, recoverAddress } from "ethers";
import type { OtherScheme, Paywall } from "../../keepers/adapters/payments/paywall.ts";
import { paidListener } from "../../keepers/adapters/payments/httpServer.ts";
import { hex } from "../../keepers/core/hex.ts";
import type { PaymentPayload, Requirements } from "../../keepers/agents/payments/x402.ts";
import { type Signer, ethers } from "./chain.ts";

/** A server on this machine that sells; `close` ends it. */
export const openShop = async (wallFor: (origin: string) => Paywall) => {
  const faults: unknown[] = [];
  const wall: { current: Paywall | undefined } = { current: undefined };
  const server = createServer(
    paidListener(
      (request) => {
        if (wall.current === undefined) throw new Error("the shop is not open yet");
        return wall.current(request);
      },
      (fault) => void faults.push(fault),
    ),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const isPort = (at: AddressInfo | string | null): at is AddressInfo => typeof at === "object" && at !== null;
  const at = server.address();
  if (!isPort(at)) throw new Error("the shop has no address");
  const origin = `http://127.0.0.1:${at.port}`;
  wall.current = wallFor(origin);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { origin, faults, close };
};

type Call = {
  readonly address: `0x${string}`;
  readonly abi: readonly unknown[];
  readonly functionName: string;
  readonly args?: readonly unknown[];
};

/** The calldata of one of several functions of a name: that with as many parameters. */
const calldata = ({ abi, functionName, args = [] }: Call) => {
  const iface = new Interface(JSON.stringify(abi));
  const fragment = iface.fragments
    .filter((one) => one.type === "function" && "name" in one && one.name === functionName)
    .find(({ inputs }) => inputs.length === args.length);
  const called = iface.getFunction(fragment?.format() ?? functionName);
  if (called === null) throw new Error(`no function ${functionName}`);
  return { iface, called, data: hex(iface.encodeFunctionData(called, args)) };
};

const structOf = (types: Record<string, unknown>, primaryType: string): Record<string, TypedDataField[]> => {
  const isFields = (value: unknown): value is TypedDataField[] => Array.isArray(value);
  return Object.fromEntries(
    Object.entries(types).flatMap(([name, fields]) =>
      name === primaryType && isFields(fields) ? [[name, fields]] : [],
    ),
  );
};

/** The published facilitator's view of our chain, through ethers; `signer` pays the gas. */
const facilitatorSigner = (signer: Signer) => ({
  getAddresses: () => [hex(signer.address)],
  readContract: async (call: Call): Promise<unknown> => {
    const { iface, called, data } = calldata(call);
    const result = iface.decodeFunctionResult(called, await signer.call({ to: call.address, data }));
    return result.length === 1 ? result[0] : [...result];
  },
  verifyTypedData: (typed: {
    readonly address: `0x${string}`;
    readonly domain: Record<string, unknown>;
    readonly types: Record<string, unknown>;
    readonly primaryType: string;
    readonly message: Record<string, unknown>;
    readonly signature: `0x${string}`;
  }): Promise<boolean> => {
    const digest = TypedDataEncoder.hash(typed.domain, structOf(typed.types, typed.primaryType), typed.message);
    return Promise.resolve(recoverAddress(digest, typed.signature).toLowerCase() === typed.address.toLowerCase());
  },
  writeContract: async (call: Call & { readonly dataSuffix?: `0x${string}` }) => {
    const { data } = calldata(call);
    const sent = await signer.sendTransaction({ to: call.address, data: `${data}${call.dataSuffix?.slice(2) ?? ""}` });
    return hex(sent.hash);
  },
  sendTransaction: async ({ to, data }: { readonly to: `0x${string}`; readonly data: `0x${string}` }) =>
    hex((await signer.sendTransaction({ to, data })).hash),
  waitForTransactionReceipt: async ({ hash }: { readonly hash: `0x${string}` }) => {
    const receipt = await ethers.provider.getTransactionReceipt(hash);
    return { status: receipt?.status === 1 ? "success" : "reverted" };
  },
  getCode: async ({ address }: { readonly address: `0x${string}` }) => hex(await ethers.provider.getCode(address)),
});

/** What the published facilitator is given: the same, in types that may be written to. */
const published = ({ x402Version, accepted, payload }: PaymentPayload): PublishedPayload => ({
  x402Version,
  accepted: { ...accepted, extra: { ...accepted.extra } },
  payload: { ...payload },
});

/** x402's own `exact` scheme, settled by its published facilitator. */
export const exactScheme = (requirements: Requirements, signer: Signer): OtherScheme => {
  const facilitator = new x402Facilitator();
  facilitator.register(requirements.network, new ExactEvmScheme(facilitatorSigner(signer)));
  return {
    requirements,
    settle: (payment) => facilitator.settle(published(payment), { ...requirements, extra: { ...requirements.extra } }),
  };
};
