import { useState } from "preact/hooks";
import { challengeFor, enter } from "../data/reader.ts";
import { Card } from "../parts/card.tsx";
import { Choices, reasonOf } from "./parts.tsx";
import { type Session, session, signText } from "./session.ts";

/** Asks for a message, has the wallet sign it, and comes in. @returns why not, or undefined */
const signIn = async (wallet: Session): Promise<string | undefined> => {
  const asked = await challengeFor(wallet.account);
  if (!("message" in asked)) return asked.what;
  const refused = await enter(asked.message, await signText(wallet, asked.message));
  return refused?.what;
};

const Signing = ({ wallet }: { readonly wallet: Session }) => {
  const [why, setWhy] = useState<string | undefined>(undefined);
  const go = (): void => {
    setWhy(undefined);
    signIn(wallet).then(
      (refused) => (refused === undefined ? location.reload() : setWhy(refused)),
      (error: unknown) => setWhy(reasonOf(error)),
    );
  };
  return (
    <>
      <button type="button" class="button main" onClick={go}>
        Sign in with {wallet.account.slice(0, 8)}…
      </button>
      {why === undefined ? null : (
        <p class="sub down" role="alert">
          {why}
        </p>
      )}
    </>
  );
};

/** The way in to a gateway that asks who reads it. */
export const SignIn = () => (
  <Card title="Sign in" aside="for members: who holds votes of the DAO or shares of the treasury">
    <p class="sub">
      Your wallet signs a message (EIP-4361). It allows nothing but reading here, for eight hours, and costs nothing.
      Look that the address in it is the one that this page has.
    </p>
    {session.value === undefined ? <Choices /> : <Signing wallet={session.value} />}
  </Card>
);
