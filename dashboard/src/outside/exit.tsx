import { useState } from "preact/hooks";
import { exact, unitsOf } from "../data/amounts.ts";
import type { Amount, HolderDocument } from "../data/documents.ts";
import { Field } from "../parts/field.tsx";
import { ForAccount } from "./account.tsx";
import type { Action } from "./action.ts";
import { WaysOut } from "./waysOut.tsx";

type Kind = "deposit" | "priced" | "inKind";
const KINDS = [
  ["deposit", "Deposit"],
  ["priced", "Leave priced"],
  ["inKind", "Leave in kind"],
] as const;

/** What may be typed at the most. */
const mostOf = (kind: Kind, holder: HolderDocument): Amount => (kind === "deposit" ? holder.assets : holder.redeemable);

const faultIn = (kind: Kind, holder: HolderDocument, units: bigint | undefined): string | undefined => {
  const most = mostOf(kind, holder);
  if (units === undefined || units === 0n) return `Type an amount, such as 100. At most ${exact(most)}.`;
  return units > BigInt(most.units) ? `The account can give ${exact(most)} now.` : undefined;
};

/** The call that does it; a deposit needs an allowance of just that first. */
const actionOf = (kind: Kind, units: bigint, { place, holder }: Props): Action => {
  const { treasury: to, asset } = place;
  const [account, amount] = [holder.account, exact({ ...mostOf(kind, holder), units: units.toString() })];
  if (kind === "priced") {
    return {
      words: `Leave with ${amount}, priced`,
      to,
      name: "redeem(uint256,address,address)",
      args: [units, account, account],
    };
  }
  if (kind === "inKind") {
    return {
      words: `Leave with ${amount}, in kind`,
      to,
      name: "redeemInKind(uint256,address,address)",
      args: [units, account, account],
    };
  }
  return BigInt(holder.allowance.units) < units
    ? { words: `Allow the treasury to take ${amount}`, to: asset, name: "approve(address,uint256)", args: [to, units] }
    : { words: `Deposit ${amount}`, to, name: "deposit(uint256,address)", args: [units, account] };
};

/** Where the treasury and its asset are, by the gateway's word; what is signed shows these addresses. */
type Place = { readonly treasury: string; readonly asset: string };
type Props = { readonly place: Place; readonly holder: HolderDocument; readonly chainId: number };

const Choose = (props: Props) => {
  const { holder, chainId } = props;
  const [kind, setKind] = useState<Kind>("priced");
  const [text, setText] = useState("");
  const units = unitsOf(text, mostOf(kind, holder).decimals);
  const fault = faultIn(kind, holder, units);
  return (
    <div class="form">
      <div class="choices" role="group" aria-label="What to do">
        {KINDS.map(([name, words]) => (
          <button key={name} type="button" class="button" aria-pressed={kind === name} onClick={() => setKind(name)}>
            {words}
          </button>
        ))}
      </div>
      <Field
        id="outside-amount"
        label={kind === "deposit" ? `Amount in ${holder.assets.symbol}` : "Shares"}
        value={text}
        says={fault ?? `At most ${exact(mostOf(kind, holder))}.`}
        isWarning={fault !== undefined && text !== ""}
        isNumber
        onType={setText}
      />
      {units === undefined || fault !== undefined ? null : (
        <WaysOut action={actionOf(kind, units, props)} account={holder.account} chainId={chainId} />
      )}
    </div>
  );
};

/** Deposits and both exits without a wallet in this browser. */
export const ExitOutside = ({ place, chainId }: Omit<Props, "holder">) => (
  <ForAccount>{(holder) => <Choose key={holder.account} place={place} holder={holder} chainId={chainId} />}</ForAccount>
);
