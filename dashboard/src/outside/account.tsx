import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Failure, UNREACHABLE, ask } from "../data/ask.ts";
import type { HolderDocument } from "../data/documents.ts";
import { Failed, Ghost } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { addressIn } from "./checksum.ts";

/** The account that a person named; it stays while pages change. */
const typed = signal("");

type Told = {
  readonly account: string;
  readonly holder: HolderDocument | undefined;
  readonly failure: Failure | undefined;
};

const isHolder = (body: unknown, account: string): body is HolderDocument =>
  typeof body === "object" && body !== null && "account" in body && body.account === account;

const read = async (account: string): Promise<Told> => {
  const answer = await ask(`/v1/holders/${account}`);
  if (!("body" in answer)) return { account, holder: undefined, failure: answer };
  // Whatever is made from it is for the account that was typed, and for no other.
  return isHolder(answer.body, account)
    ? { account, holder: answer.body, failure: undefined }
    : { account, holder: undefined, failure: UNREACHABLE };
};

const useHolderOf = (account: string | undefined, round: number): Told | undefined => {
  const [told, setTold] = useState<Told | undefined>(undefined);
  useEffect(() => {
    let isOver = false;
    if (account === undefined) return undefined;
    void read(account).then((found) => (isOver ? undefined : setTold(found)));
    return () => {
      isOver = true;
    };
  }, [account, round]);
  return told?.account === account ? told : undefined;
};

const saysOf = (account: string | undefined): string => {
  if (typed.value.trim() === "") return "Type or paste the address that shall act.";
  return account ?? "This is no address, or a digit of it is wrong: its capitals do not fit.";
};

/** What an account can have done without a wallet in this browser: asks for the account, and reads what it holds. */
export const ForAccount = ({ children }: { readonly children: (holder: HolderDocument) => ComponentChildren }) => {
  const account = addressIn(typed.value);
  const [round, setRound] = useState(0);
  const told = useHolderOf(account, round);
  return (
    <>
      <p class="sub">Figures are as this gateway tells them.</p>
      <Field
        id="account"
        label="Your account"
        value={typed.value}
        says={saysOf(account)}
        isWarning={account === undefined && typed.value.trim() !== ""}
        onType={(text) => (typed.value = text)}
      />
      {account === undefined ? null : told === undefined ? (
        <Ghost rows={1} />
      ) : told.holder === undefined ? (
        <Failed failure={told.failure ?? UNREACHABLE} />
      ) : (
        <>
          {children(told.holder)}
          <button type="button" class="button" onClick={() => setRound((count) => count + 1)}>
            Read the account again
          </button>
        </>
      )}
    </>
  );
};
