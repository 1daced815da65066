import { useState } from "preact/hooks";
import { exact, unitsOf } from "../../data/amounts.ts";
import { Card } from "../../parts/card.tsx";
import { Field } from "../../parts/field.tsx";
import { Told } from "../../wallet/parts.tsx";
import { encode, wordAt } from "../../data/selectors.ts";
import type { Session } from "../../wallet/session.ts";
import { useCalls, useSending } from "../../wallet/useCalls.ts";
import type { Holder, Place } from "./holder.ts";

type Props = {
  readonly wallet: Session;
  readonly place: Place;
  readonly holder: Holder;
  readonly onDone: () => void;
};

/** What is wrong with what was typed; undefined where nothing is. */
const faultIn = (
  text: string,
  units: bigint | undefined,
  { holder, place: { assetToken } }: Props,
): string | undefined => {
  if (text === "") return undefined;
  if (units === undefined || units === 0n) return `Type an amount of ${assetToken.symbol}, such as 1,250.50.`;
  return units > holder.assets
    ? `Your account has ${exact({ units: holder.assets.toString(), ...assetToken })}.`
    : undefined;
};

const usePreview = ({ wallet, place }: Props, units: bigint | undefined, round: number): string | undefined => {
  const calls =
    units === undefined || units === 0n ? [] : [{ to: place.treasury, data: encode("previewDeposit(uint256)", units) }];
  const { answers, refusal } = useCalls(wallet, calls, round);
  if (refusal !== undefined) return `It would be refused: ${refusal}`;
  const shares = answers?.[0];
  if (shares === undefined) return undefined;
  return `You get ${exact({ units: wordAt(shares, 0).toString(), ...place.shareToken })} at the prices of now.`;
};

/** The amount that was read, not the text that was typed: a person sees on the button what will be sent. */
const amountWords = (units: bigint | undefined, { assetToken }: Place): string =>
  units === undefined || units === 0n ? "" : ` ${exact({ units: units.toString(), ...assetToken })}`;

/** Money in: the allowance first where it is needed, then the deposit, each with its preview. */
export const Deposit = (props: Props) => {
  const { wallet, place, holder, onDone } = props;
  const [text, setText] = useState("");
  const { progress, isBusy, round, send } = useSending();
  const units = unitsOf(text, place.assetToken.decimals);
  const fault = faultIn(text, units, props);
  const preview = usePreview(props, fault === undefined ? units : undefined, round);
  const isReady = units !== undefined && units > 0n && fault === undefined && !isBusy;
  const mustAllow = units !== undefined && holder.allowance < units;
  const act = (): void => {
    if (units === undefined) return;
    const { treasury, asset } = place;
    const sending = mustAllow
      ? send(wallet, "Allowance", { to: asset, data: encode("approve(address,uint256)", treasury, units) })
      : send(wallet, "Deposit", { to: treasury, data: encode("deposit(uint256,address)", units, wallet.account) });
    void sending.then(onDone);
  };
  return (
    <Card title="Deposit" aside="you enter at the upper end of the band">
      <div class="form">
        <Field
          id="deposit"
          label={`Amount in ${place.assetToken.symbol}`}
          value={text}
          says={
            fault ?? preview ?? `Your account has ${exact({ units: holder.assets.toString(), ...place.assetToken })}.`
          }
          isWarning={fault !== undefined}
          isNumber
          onType={setText}
        />
        <button type="button" class="button main" disabled={!isReady} onClick={act}>
          {mustAllow ? "Allow the treasury to take" : "Deposit"}
          {amountWords(units, place)}
        </button>
      </div>
      <Told progress={progress} />
    </Card>
  );
};
