import { useRef, useState } from "preact/hooks";
import type { MetaDocument } from "../../data/documents.ts";
import { Copyable } from "../../outside/copyable.tsx";
import { signatureIn } from "../../outside/signature.ts";
import { digestOf, typedDataJson } from "../../outside/typedData.ts";
import { Card, Ghost } from "../../parts/card.tsx";
import { Address } from "../../parts/figures.tsx";
import { Told, reasonOf } from "../../wallet/parts.tsx";
import { type Session, signTypedText } from "../../wallet/session.ts";
import { useCalls, useSending } from "../../wallet/useCalls.ts";
import { type SafeRequest, type Signed, answerCall, executionOf, joined, typedOf } from "./request.ts";
import { type SafeState, usePreview, useSafe } from "./useSafe.ts";

type Props = { readonly wallet: Session; readonly request: SafeRequest; readonly state: SafeState };

/** The signatures of a text that are an owner's, one of each, and how many others there are. */
const read = async (text: string, request: SafeRequest, owners: readonly string[]) => {
  const { signerOf } = await import("../../outside/signed.ts");
  const digest = digestOf(typedOf(request));
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  const found = parts.map((part) => {
    const signature = signatureIn(part);
    const owner = signature === undefined ? undefined : signerOf(digest, signature);
    return signature === undefined || owner === undefined || !owners.includes(owner) ? undefined : { owner, signature };
  });
  const good = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.owner, one] as const])));
  return { signed: [...good.values()], others: found.filter((one) => one === undefined).length };
};

const useSignatures = ({ wallet, request, state }: Props) => {
  const [text, setText] = useState("");
  const [signed, setSigned] = useState<readonly Signed[]>([]);
  const [note, setNote] = useState("");
  // What is typed while an older text is still read, or a wallet still asked, is not lost and not overtaken.
  const latest = useRef("");
  const take = async (next: string): Promise<void> => {
    latest.current = next;
    setText(next);
    const told = await read(next, request, state.owners);
    if (latest.current !== next) return;
    setSigned(told.signed);
    setNote(told.others === 0 ? "" : `${told.others} of these are no signature of an owner over this digest.`);
  };
  const sign = async (): Promise<void> => {
    try {
      const own = await signTypedText(wallet, typedDataJson(typedOf(request)));
      await take(`${latest.current} ${own}`.trim());
    } catch (error) {
      setNote(reasonOf(error));
    }
  };
  return { text, signed, note, take, sign };
};

const Owners = ({ state, signed }: { readonly state: SafeState; readonly signed: readonly Signed[] }) => (
  <ul class="rows" aria-label="Owners">
    {state.owners.map((owner) => (
      <li key={owner} class="row pair">
        <Address address={owner} />
        <span>{signed.some((one) => one.owner === owner) ? "has signed" : "has not signed here"}</span>
      </li>
    ))}
  </ul>
);

type DoneProps = Props & { readonly signed: readonly Signed[]; readonly onDone: () => void };

/** The Safe's own call, once enough owners signed: anybody may send it. */
const Execute = ({ wallet, request, signed, onDone }: DoneProps) => {
  const { progress, isBusy, send } = useSending();
  if (request.kind === "hash") return null;
  return (
    <>
      <button
        type="button"
        class="button main"
        disabled={isBusy}
        onClick={() => void send(wallet, "The Safe's call", executionOf(request, signed)).then(onDone)}
      >
        Make the Safe do it
      </button>
      <Told progress={progress} />
    </>
  );
};

/** What ERC-1271 answers to a signature that holds. */
const HOLDS = "0x1626ba7e";

/** The co-signature, once enough owners signed: the Safe is asked whether it is one. */
const CoSignature = ({ wallet, request, signed }: DoneProps) => {
  const { answers, refusal } = useCalls(wallet, request.kind === "hash" ? [answerCall(request, signed)] : [], 0);
  if (request.kind !== "hash") return null;
  if (refusal !== undefined) return <p class="down">The Safe refuses these signatures: {refusal}</p>;
  if (answers?.[0]?.startsWith(HOLDS) !== true) return <Ghost rows={1} />;
  return (
    <div data-testid="co-signature">
      <p>The Safe answers that this is its signature. Whoever executes the proposal sends it along:</p>
      <Copyable id="joined" label="The co-signature" text={joined(signed)} />
      <p class="sub">
        <code class="told">nexus proposal execute {request.proposal} --co-signature</code> with it
      </p>
    </div>
  );
};

const Signatures = (props: Props & { readonly onDone: () => void }) => {
  const { wallet, request, state } = props;
  const { text, signed, note, take, sign } = useSignatures(props);
  const isOwner = state.owners.includes(wallet.account.toLowerCase());
  const isEnough = signed.length >= state.threshold;
  return (
    <div class="ways">
      <Owners state={state} signed={signed} />
      <button type="button" class="button" disabled={!isOwner} onClick={() => void sign()}>
        {isOwner ? "Sign with the wallet" : "The wallet's account is no owner"}
      </button>
      <label for="signatures">Signatures, for the other owners and from them</label>
      <textarea
        id="signatures"
        rows={4}
        value={text}
        onInput={({ currentTarget }) => void take(currentTarget.value)}
        aria-describedby="signatures-says"
      />
      <p class="sub warn" id="signatures-says">
        {note}
      </p>
      <p>
        {signed.length} of {state.threshold} have signed.{" "}
        <span data-testid="preview">{usePreview(wallet, request, signed.length)}</span>
      </p>
      {isEnough ? <Execute {...props} signed={signed} /> : null}
      {isEnough ? <CoSignature {...props} signed={signed} /> : null}
    </div>
  );
};

/** Who signs for the Safe, and what happens once enough have. */
export const Signing = ({
  wallet,
  request,
  meta,
}: Pick<Props, "wallet" | "request"> & { readonly meta: MetaDocument }) => {
  const [round, setRound] = useState(0);
  const { state, refusal } = useSafe(wallet, request, { meta, round });
  return (
    <Card title="Owners" aside="as the wallet reads the chain">
      {refusal !== undefined ? <p class="down">{refusal}</p> : state === undefined ? <Ghost rows={2} /> : null}
      {state === undefined ? null : state.fault !== undefined ? (
        <p class="down" role="alert" data-testid="fault">
          {state.fault}
        </p>
      ) : (
        <Signatures wallet={wallet} request={request} state={state} onDone={() => setRound((count) => count + 1)} />
      )}
    </Card>
  );
};
