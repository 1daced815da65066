import type { BrowserContext } from "playwright-core";
import { type HDNodeWallet, JsonRpcProvider, getBytes, isError } from "ethers";
import { z } from "zod";
import { testKeys } from "../../scripts/sandbox/account.ts";
import { PEOPLE } from "../../scripts/sandbox/fleet.ts";
import { NODE_OPTIONS } from "../../scripts/lib/nodeOptions.ts";

/** What a page asks a wallet for. */
type Asked = { readonly method: string; readonly params?: readonly unknown[] };
type Sent = { readonly to?: string; readonly data?: string };

/** How the wallet of a test behaves. */
export type TestWallet = {
  readonly address: string;
  /** What the page had it send, oldest first. */
  readonly sent: readonly Sent[];
  /** The next transaction is rejected, as a person does. */
  readonly rejectNext: () => void;
  readonly close: () => void;
};

/** Announces the wallet by EIP-6963; what the page asks goes to the test, and errors come back as a wallet throws them. */
const ANNOUNCE = `(() => {
  const info = { uuid: "00000000-0000-4000-8000-000000000001", name: "Test wallet", icon: "https://evil.example/icon.png", rdns: "example.wallet" };
  const provider = {
    request: async (asked) => {
      const { result, error } = await globalThis.nexusTestWallet(asked);
      if (error !== undefined) throw error;
      return result;
    },
    on: () => undefined,
  };
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  addEventListener("eip6963:requestProvider", announce);
  announce();
})()`;

const sentSchema = z.array(z.looseObject({ to: z.string().optional(), data: z.string().optional() }));

const sentIn = (params: readonly unknown[] | undefined): Sent => {
  const { to, data } = sentSchema.parse(params)[0] ?? {};
  return { ...(to === undefined ? {} : { to }), ...(data === undefined ? {} : { data }) };
};

const typedSchema = z.looseObject({
  types: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
  domain: z.looseObject({}),
  message: z.record(z.string(), z.unknown()),
});

/** Signs what a page hands over as typed data; the domain's own type follows from its fields. */
const signTyped = (wallet: HDNodeWallet, params: readonly unknown[] | undefined): Promise<string> => {
  const { types, domain, message } = typedSchema.parse(JSON.parse(String(params?.[1])));
  const { EIP712Domain: _, ...structs } = types;
  return wallet.signTypedData(domain, structs, message);
};

/** What a wallet throws: the node's own error with the data of the revert. */
const asError = (error: unknown) => {
  const data = (isError(error, "CALL_EXCEPTION") ? error.data : null) ?? undefined;
  const message = error instanceof Error ? error.message.slice(0, 120) : String(error);
  return { error: { code: -32_000, message, ...(data === undefined ? {} : { data }) } };
};

/** Gives every page of a browser the wallet of somebody of the sandbox. Whoever does closes it. */
export const giveWallet = async (
  context: BrowserContext,
  { person, rpcUrl, chainId }: { readonly person: string; readonly rpcUrl: string; readonly chainId: number },
): Promise<TestWallet> => {
  const provider = new JsonRpcProvider(rpcUrl, chainId, { ...NODE_OPTIONS, staticNetwork: true });
  const wallet = testKeys()(PEOPLE.get(person) ?? 0).connect(provider);
  const sent: Sent[] = [];
  let isRejecting = false;
  const send = async (asked: Sent): Promise<string> => {
    sent.push(asked);
    return (await wallet.sendTransaction(asked)).hash;
  };
  const answer = async ({ method, params }: Asked) => {
    if (method === "eth_requestAccounts" || method === "eth_accounts") return { result: [wallet.address] };
    if (method === "personal_sign") return { result: await wallet.signMessage(getBytes(String(params?.[0]))) };
    if (method === "eth_signTypedData_v4") return { result: await signTyped(wallet, params) };
    if (method === "eth_chainId") return { result: `0x${chainId.toString(16)}` };
    if (method !== "eth_sendTransaction") {
      const result: unknown = await provider.send(method, [...(params ?? [])]);
      return { result };
    }
    if (!isRejecting) return { result: await send(sentIn(params)) };
    isRejecting = false;
    return { error: { code: 4001, message: "User rejected the request." } };
  };
  await context.exposeFunction("nexusTestWallet", (asked: Asked) => answer(asked).catch(asError));
  await context.addInitScript(ANNOUNCE);
  return {
    address: wallet.address,
    sent,
    rejectNext: () => {
      isRejecting = true;
    },
    close: () => provider.destroy(),
  };
};
