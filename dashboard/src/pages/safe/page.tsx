import { useEffect, useState } from "preact/hooks";
import type { MetaDocument } from "../../data/documents.ts";
import { encode, wordAt } from "../../data/selectors.ts";
import { load, slots } from "../../data/store.ts";
import { dataOf } from "../../outside/action.ts";
import { addressIn } from "../../outside/checksum.ts";
import { Copyable } from "../../outside/copyable.tsx";
import { digestOf, typedDataJson } from "../../outside/typedData.ts";
import { Card, Empty, Shown } from "../../parts/card.tsx";
import { Field } from "../../parts/field.tsx";
import { Digest } from "../../parts/figures.tsx";
import { WalletCard, walletOn } from "../../wallet/parts.tsx";
import { useCalls } from "../../wallet/useCalls.ts";
import { type SafeRequest, requestIn, typedOf } from "./request.ts";
import { Signing } from "./signing.tsx";
import { wordsOf } from "./words.ts";

/** What a proposal's page asks for by this page's address. */
type Wish = { readonly kind: "veto" | "cosign"; readonly proposal: string };

const wishIn = (search: string): Wish | undefined => {
  const query = new URLSearchParams(search);
  for (const kind of ["veto", "cosign"] as const) {
    const proposal = query.get(kind);
    if (proposal !== null && /^0x[0-9a-f]{64}$/.test(proposal)) return { kind, proposal };
  }
  return undefined;
};

const USUAL = { veto: "GuardianSafe", cosign: "CoSignerSafe" } as const;

/** The request that a wish comes to, once the chain has told what it needs. */
const useMade = (wish: Wish, meta: MetaDocument, typed: { readonly safe: string; readonly reason: string }) => {
  const { chainId } = meta.deployment;
  const consensus = meta.contracts["Consensus"] ?? "";
  const safe = addressIn(typed.safe);
  const asked =
    wish.kind === "veto"
      ? { to: safe ?? "", data: encode("nonce()") }
      : { to: consensus, data: encode("hashCoSignature(bytes32)", wish.proposal) };
  const [answer] = useCalls(walletOn(chainId), safe === undefined ? [] : [asked], 0).answers ?? [];
  if (safe === undefined || answer === undefined || answer === "0x") return undefined;
  if (wish.kind === "cosign") return { kind: "hash", chainId, safe, hash: answer, proposal: wish.proposal } as const;
  const args = [wish.proposal, typed.reason];
  const data = dataOf({ words: "", to: consensus, name: "veto(bytes32,string)", args });
  return { kind: "call", chainId, safe, nonce: wordAt(answer, 0), to: consensus, data } as const;
};

const asFile = (request: SafeRequest): string =>
  JSON.stringify(
    {
      ...request,
      chainId: String(request.chainId),
      ...(request.kind === "call" ? { nonce: String(request.nonce) } : {}),
    },
    undefined,
    2,
  );

const Make = ({
  wish,
  meta,
  onMade,
}: {
  readonly wish: Wish;
  readonly meta: MetaDocument;
  readonly onMade: (text: string) => void;
}) => {
  const [safe, setSafe] = useState(meta.contracts[USUAL[wish.kind]] ?? "");
  const [reason, setReason] = useState("");
  const made = useMade(wish, meta, { safe, reason });
  const isReady = made !== undefined && (wish.kind === "cosign" || reason.trim() !== "");
  return (
    <Card title={wish.kind === "veto" ? "Veto a proposal of agents" : "Co-sign a proposal of agents"}>
      <div class="form">
        <p class="sub">
          Proposal <code class="told">{wish.proposal}</code>. Read it first:{" "}
          <a href={`/proposals/${wish.proposal}`}>its page</a>.
        </p>
        <Field id="safe" label="The Safe" value={safe} onType={setSafe} />
        {wish.kind === "veto" ? <Field id="reason" label="Why" value={reason} onType={setReason} /> : null}
        <button
          type="button"
          class="button"
          disabled={!isReady}
          onClick={() => (made === undefined ? undefined : onMade(asFile(made)))}
        >
          Write the request
        </button>
      </div>
    </Card>
  );
};

const NO_REQUEST =
  "This is no request: paste the file that nexus safe propose --out wrote, or that another owner sent.";

const Request = ({ request, meta }: { readonly request: SafeRequest; readonly meta: MetaDocument }) => {
  const { words, isRead } = wordsOf(request, meta);
  const typed = typedOf(request);
  return (
    <Card title="What is signed" aside="read from its bytes by this page">
      <p class={isRead ? "" : "down"} data-testid="words">
        {words}
      </p>
      <p class="sub">The digest, computed here; a wallet and nexus safe sign show the same:</p>
      <Digest hash={digestOf(typed)} />
      <details>
        <summary>As typed data, for another signer</summary>
        <Copyable id="typed" label="What is signed, as typed data" text={typedDataJson(typed)} />
      </details>
    </Card>
  );
};

/** What is said of a text that is no request of this chain. */
const faultIn = (text: string, request: SafeRequest | undefined, chainId: number): string => {
  if (text.trim() === "" || request?.chainId === chainId) return "";
  return request === undefined ? NO_REQUEST : `It is for chain ${request.chainId}.`;
};

const Requested = ({ request, meta }: { readonly request: SafeRequest; readonly meta: MetaDocument }) => {
  const wallet = walletOn(meta.deployment.chainId);
  return (
    <>
      <Request request={request} meta={meta} />
      {wallet === undefined ? (
        <Empty>Connect a wallet to sign, or to see whose the signatures are.</Empty>
      ) : (
        <Signing key={digestOf(typedOf(request))} wallet={wallet} request={request} meta={meta} />
      )}
    </>
  );
};

const Whole = ({ meta }: { readonly meta: MetaDocument }) => {
  const wish = wishIn(location.search);
  const [text, setText] = useState("");
  const { chainId } = meta.deployment;
  const request = requestIn(text);
  return (
    <>
      {walletOn(chainId) === undefined ? <WalletCard chainId={chainId} /> : null}
      {wish === undefined ? null : <Make wish={wish} meta={meta} onMade={setText} />}
      <Card title="The request" aside="the same file for every owner">
        <label for="request">A Safe's request, as nexus safe propose writes it</label>
        <textarea id="request" rows={8} value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
        <p class="sub warn" role="status">
          {faultIn(text, request, chainId)}
        </p>
      </Card>
      {request?.chainId === chainId ? <Requested request={request} meta={meta} /> : null}
    </>
  );
};

export const Page = () => {
  useEffect(() => void load("meta"), []);
  return (
    <>
      <h1 class="quiet">Sign for a Safe</h1>
      <Shown slot={slots.meta.value}>{(meta) => <Whole meta={meta} />}</Shown>
    </>
  );
};
