import { useEffect, useState } from "preact/hooks";
import type { ComponentChildren, ComponentType } from "preact";
import { Ghost } from "../parts/card.tsx";
import { type Action, callLink, unsignedTransaction, walletBrowsers } from "./action.ts";
import { Copyable } from "./copyable.tsx";

type QrProps = { readonly text: string; readonly label: string };

/** The code that draws is loaded when something is drawn. */
const LazyQr = (props: QrProps) => {
  const [Part, setPart] = useState<ComponentType<QrProps> | undefined>(undefined);
  useEffect(() => void import("./qr.tsx").then(({ Qr }) => setPart(() => Qr)), []);
  return Part === undefined ? <Ghost rows={3} /> : <Part {...props} />;
};

const Browsers = () => {
  const links = walletBrowsers(location.href);
  if (links.length === 0) {
    return (
      <p class="sub">
        This page is served to this machine alone: the browser of a wallet on a phone does not reach it.
      </p>
    );
  }
  return (
    <p class="choices">
      {links.map(({ name, href }) => (
        <a key={name} class="button" href={href} rel="noreferrer">
          {name}
        </a>
      ))}
    </p>
  );
};

type Props = {
  readonly action: Action;
  readonly account: string;
  readonly chainId: number;
  /** More ways, where there are some. */
  readonly children?: ComponentChildren;
};

/** Three ways to have one call made without a wallet in this browser; what each does is the same, and stands above them. */
export const WaysOut = ({ action, account, chainId, children }: Props) => {
  const link = callLink(action, chainId);
  return (
    <div class="ways" data-testid="ways">
      <p>
        <b>{action.words}</b>
      </p>
      <p class="sub">
        Without a wallet here this page cannot try it first: what a wallet shows before it signs counts. It must name
        the contract <code class="told">{action.to}</code> on chain {chainId}.
      </p>
      <h3>1. In the browser of a wallet</h3>
      <Browsers />
      <h3>2. By a link, or by its code for another device</h3>
      <p>
        <a class="button" href={link} data-testid="link">
          Open in a wallet of this device
        </a>
      </p>
      <LazyQr text={link} label={`Code for a wallet: ${action.words}`} />
      <h3>3. By a file for another signer</h3>
      <Copyable
        id="unsigned"
        label="The transaction, not signed yet"
        text={unsignedTransaction(action, account, chainId)}
      />
      {children}
    </div>
  );
};
