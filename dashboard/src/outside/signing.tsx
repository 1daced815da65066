import { useRef, useState } from "preact/hooks";
import { Field } from "../parts/field.tsx";
import { Digest } from "../parts/figures.tsx";
import type { Action } from "./action.ts";
import { type TypedData, digestOf, typedDataJson } from "./typedData.ts";
import { Copyable } from "./copyable.tsx";
import { type KeySignature, signatureIn } from "./signature.ts";
import { WaysOut } from "./waysOut.tsx";

/** Typed data, and the call that anybody may send once it is signed. */
export type Typed = { readonly data: TypedData; readonly actionOf: (signature: KeySignature) => Action };

type Judged =
  | { readonly kind: "none" }
  | { readonly kind: "bad"; readonly why: string }
  | { readonly kind: "good"; readonly signature: KeySignature };

const NO_SIGNATURE = "This is no signature: it must be 0x and 130 hex digits.";
const OTHER =
  "This signature is not the account's, or not of this data: sign what stands above, unchanged, with the account named above.";

/** Judges a pasted signature by its digest, which is computed here. */
const judge = async (text: string, { data }: Typed, account: string): Promise<Judged> => {
  if (text.trim() === "") return { kind: "none" };
  const signature = signatureIn(text);
  if (signature === undefined) return { kind: "bad", why: NO_SIGNATURE };
  const { signerOf } = await import("./signed.ts");
  const signer = signerOf(digestOf(data), signature);
  return signer === account.toLowerCase() ? { kind: "good", signature } : { kind: "bad", why: OTHER };
};

type Props = { readonly typed: Typed; readonly account: string; readonly chainId: number };

const HOW = "Paste it here: the page checks whose it is, and makes the call that anybody may send.";

/** The typed data to sign elsewhere, and a field for its signature; then what anybody may send. */
export const TypedSigning = ({ typed, account, chainId }: Props) => {
  const [text, setText] = useState("");
  const [judged, setJudged] = useState<Judged>({ kind: "none" });
  const latest = useRef("");
  const take = (pasted: string): void => {
    latest.current = pasted;
    setText(pasted);
    setJudged({ kind: "none" });
    // What was judged of an older text says nothing of this one.
    const tell = (told: Judged): void => (latest.current === pasted ? setJudged(told) : undefined);
    judge(pasted, typed, account).then(tell, () => tell({ kind: "bad", why: NO_SIGNATURE }));
  };
  return (
    <div class="ways">
      <h3>Or sign only, and let anybody send it</h3>
      <Copyable id="typed" label="What is signed, as typed data" text={typedDataJson(typed.data)} />
      <p class="sub">Its digest, computed by this page; the signer must show the same:</p>
      <Digest hash={digestOf(typed.data)} />
      <Field
        id="signature"
        label="Its signature"
        value={text}
        says={judged.kind === "bad" ? judged.why : HOW}
        isWarning={judged.kind === "bad"}
        onType={take}
      />
      {judged.kind === "good" ? (
        <div data-testid="signed">
          <p class="sub">It is signed by {account}. Whoever sends this pays the gas, and can change nothing of it:</p>
          <WaysOut action={typed.actionOf(judged.signature)} account={account} chainId={chainId} />
        </div>
      ) : null}
    </div>
  );
};
