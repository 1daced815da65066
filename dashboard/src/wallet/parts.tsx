import { useEffect, useState } from "preact/hooks";
import { Card, Empty } from "../parts/card.tsx";
import { keptSince } from "../data/store.ts";
import { Address } from "../parts/figures.tsx";
import { discover } from "./discover.ts";
import type { FoundWallet } from "./provider.ts";
import { type Session, Refused, connect, session, switchChain } from "./session.ts";
import type { Progress } from "./useCalls.ts";

/** What a wallet or the chain says against something, in words. */
export const reasonOf = (error: unknown): string => (error instanceof Refused ? error.message : String(error));

/** How far something is, in words that a screen reader tells too. */
export const Told = ({ progress }: { readonly progress: Progress }) => {
  if (progress.kind === "idle") return null;
  const words = {
    wallet: (what: string) => `${what}: look at it in your wallet.`,
    sent: (what: string) => `${what}: sent, and waits for a block.`,
    done: (what: string) => `${what}: done.`,
  };
  return (
    <p class="sub" role="status" data-testid="progress">
      {progress.kind === "refused" ? (
        <span class="down">Refused: {progress.why}</span>
      ) : (
        words[progress.kind](progress.what)
      )}
    </p>
  );
};

const useWallets = (): readonly FoundWallet[] => {
  const [found, setFound] = useState<readonly FoundWallet[]>([]);
  useEffect(() => discover((wallet) => setFound((old) => [...old.filter(({ id }) => id !== wallet.id), wallet])), []);
  return found;
};

/** The wallets of this browser, to connect one. */
export const Choices = () => {
  const wallets = useWallets();
  const [why, setWhy] = useState<string | undefined>(undefined);
  const pick = (wallet: FoundWallet) => (): void => {
    setWhy(undefined);
    connect(wallet).catch((error: unknown) => setWhy(reasonOf(error)));
  };
  if (wallets.length === 0) {
    return <Empty>No wallet has made itself known in this browser. Commands do the same: see below.</Empty>;
  }
  return (
    <>
      <div class="choices">
        {wallets.map((wallet) => (
          <button key={wallet.id} type="button" class="button main" onClick={pick(wallet)}>
            {wallet.icon === undefined ? null : <img src={wallet.icon} alt="" width="18" height="18" />}
            &nbsp;Connect {wallet.name}
          </button>
        ))}
      </div>
      {why === undefined ? null : (
        <p class="sub down" role="alert">
          {why}
        </p>
      )}
    </>
  );
};

const Connected = ({ wallet, chainId }: { readonly wallet: Session; readonly chainId: number }) => {
  const [why, setWhy] = useState<string | undefined>(undefined);
  const change = (): void => {
    switchChain(wallet, chainId).catch((error: unknown) => setWhy(reasonOf(error)));
  };
  return (
    <>
      <p>
        {wallet.name}: <Address address={wallet.account} />
      </p>
      {wallet.chainId === chainId ? null : (
        <p class="sub warn">
          It is on chain {wallet.chainId}, and this deployment on {chainId}.{" "}
          <button type="button" class="button" onClick={change}>
            Change to {chainId}
          </button>
        </p>
      )}
      {why === undefined ? null : <p class="sub down">{why}</p>}
    </>
  );
};

/** The wallet: which there are, and the one that is connected. Over kept figures nothing is signed. [NX-GTW-13] */
export const WalletCard = ({ chainId }: { readonly chainId: number }) => (
  <Card title="Your wallet" aside="it reads the chain and sends; this page only asks it">
    {keptSince.value !== undefined ? (
      <Empty>The gateway does not answer, and what is shown here is old: nothing is sent over it.</Empty>
    ) : session.value === undefined ? (
      <Choices />
    ) : (
      <Connected wallet={session.value} chainId={chainId} />
    )}
  </Card>
);

/** The connected wallet, if it is on the right chain, and what is shown is not only what this device kept. */
export const walletOn = (chainId: number): Session | undefined =>
  session.value?.chainId === chainId && keptSince.value === undefined ? session.value : undefined;
