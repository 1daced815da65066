import { useState } from "preact/hooks";
import { exact, unitsOf } from "../../data/amounts.ts";
import type { MetaDocument } from "../../data/documents.ts";
import { dateText } from "../../data/times.ts";
import { Card } from "../../parts/card.tsx";
import { Field } from "../../parts/field.tsx";
import { Told } from "../../wallet/parts.tsx";
import { encode, listIn, wordAt } from "../../data/selectors.ts";
import type { Call, Session } from "../../wallet/session.ts";
import { useCalls, useSending } from "../../wallet/useCalls.ts";
import { type Holder, type Place, tokenAt } from "./holder.ts";

type Props = {
  readonly wallet: Session;
  readonly place: Place;
  readonly holder: Holder;
  readonly meta: MetaDocument;
  readonly onDone: () => void;
};

const faultIn = (text: string, units: bigint | undefined, { holder, place }: Props): string | undefined => {
  const { shares, fresh } = holder;
  if (text === "") return undefined;
  if (units === undefined || units === 0n) return "Type a number of shares, such as 100.";
  if (units > shares) return `Your account has ${exact({ units: shares.toString(), ...place.shareToken })}.`;
  return units > shares - fresh ? "Some of these shares are too young to leave." : undefined;
};

const priced = ({ wallet, place }: Props, units: bigint): Call => ({
  to: place.treasury,
  data: encode("redeem(uint256,address,address)", units, wallet.account, wallet.account),
});

const inKind = ({ wallet, place }: Props, units: bigint): Call => ({
  to: place.treasury,
  data: encode("redeemInKind(uint256,address,address)", units, wallet.account, wallet.account),
});

/** What an exit in kind pays, asset by asset. */
const partsOf = (amounts: readonly bigint[], assets: readonly bigint[], meta: MetaDocument): string =>
  amounts
    .map((units, index) => {
      const at = `0x${(assets[index] ?? 0n).toString(16).padStart(40, "0")}`;
      return exact({ units: units.toString(), ...tokenAt(meta, at) });
    })
    .join(", ");

/** What both exits would pay now: each by a call of the exit itself that changes nothing. */
const usePreviews = (props: Props, units: bigint | undefined, round: number) => {
  const { wallet, place, meta } = props;
  const isAsked = units !== undefined && units > 0n;
  const byPrice = useCalls(wallet, isAsked ? [priced(props, units)] : [], round);
  const byKind = useCalls(
    wallet,
    isAsked ? [inKind(props, units), { to: place.treasury, data: encode("assets()") }] : [],
    round,
  );
  const paid = byPrice.answers?.[0];
  const [amounts, assets] = byKind.answers ?? [];
  return {
    priced: paid === undefined ? byPrice.refusal : exact({ units: wordAt(paid, 0).toString(), ...place.assetToken }),
    isPriced: paid !== undefined,
    inKind: amounts === undefined ? byKind.refusal : partsOf(listIn(amounts), listIn(assets ?? "0x"), meta),
    isInKind: amounts !== undefined,
  };
};

const Way = ({
  title,
  words,
  preview,
  button,
  isReady,
  onPick,
}: {
  readonly title: string;
  readonly words: string;
  readonly preview: string | undefined;
  readonly button: string;
  readonly isReady: boolean;
  readonly onPick: () => void;
}) => (
  <li>
    <div class="row pair">
      <span>
        <b>{title}</b>
        <span class="note"> {words}</span>
        <p class="sub">{preview ?? "–"}</p>
      </span>
      <button type="button" class="button" disabled={!isReady} onClick={onPick}>
        {button}
      </button>
    </div>
  </li>
);

/** The number that was read, not the text that was typed: a person sees on the buttons what will be sent. */
const amountWords = (units: bigint | undefined, { place }: Props): string =>
  units === undefined || units === 0n ? "" : ` with ${exact({ units: units.toString(), ...place.shareToken })}`;

const Ways = ({
  props,
  units,
  isFaulty,
}: {
  readonly props: Props;
  readonly units: bigint | undefined;
  readonly isFaulty: boolean;
}) => {
  const { wallet, onDone } = props;
  const { progress, isBusy, round, send } = useSending();
  const amount = isFaulty ? "" : amountWords(units, props);
  const previews = usePreviews(props, isFaulty ? undefined : units, round);
  const go = (what: string, make: (props: Props, units: bigint) => Call) => (): void => {
    if (units !== undefined) void send(wallet, what, make(props, units)).then(onDone);
  };
  return (
    <>
      <ul class="rows">
        <Way
          title="Priced"
          words="at the lower end of the band, in one token"
          preview={previews.priced}
          button={`Leave priced${amount}`}
          isReady={previews.isPriced && !isBusy}
          onPick={go("Exit", priced)}
        />
        <Way
          title="In kind"
          words="your part of each asset; needs no price, works in every state"
          preview={previews.inKind}
          button={`Leave in kind${amount}`}
          isReady={previews.isInKind && !isBusy}
          onPick={go("Exit in kind", inKind)}
        />
      </ul>
      <Told progress={progress} />
    </>
  );
};

const sharesText = ({ holder, place: { shareToken } }: Props): string => {
  const has = `Your account has ${exact({ units: holder.shares.toString(), ...shareToken })}.`;
  if (holder.fresh === 0n) return has;
  return `${has} ${exact({ units: holder.fresh.toString(), ...shareToken })} of them may leave from ${dateText(holder.recentUntil)} on.`;
};

/** Money out, by both ways, each with what it pays now. */
export const Leave = (props: Props) => {
  const { place, holder } = props;
  const [text, setText] = useState("");
  const units = unitsOf(text, place.shareToken.decimals);
  const fault = faultIn(text, units, props);
  const all = holder.shares - holder.fresh;
  return (
    <Card title="Leave" aside="before anything that you disagree with executes">
      <div class="form">
        <Field
          id="leave"
          label="Shares"
          value={text}
          says={fault ?? sharesText(props)}
          isWarning={fault !== undefined}
          isNumber
          onType={setText}
        />
        <div class="choices">
          <button
            type="button"
            class="button"
            disabled={all === 0n}
            onClick={() => setText(exact({ units: all.toString(), ...place.shareToken }).split(" ")[0] ?? "")}
          >
            All that may leave
          </button>
        </div>
      </div>
      <Ways props={props} units={units} isFaulty={fault !== undefined} />
    </Card>
  );
};
