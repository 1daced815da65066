import { useState } from "preact/hooks";
import { exact } from "../data/amounts.ts";
import type { HolderDocument } from "../data/documents.ts";
import { Field } from "../parts/field.tsx";
import { ForAccount } from "./account.tsx";
import type { Action } from "./action.ts";
import { addressIn } from "./checksum.ts";
import { type KeySignature, packed } from "./signature.ts";
import { type Typed, TypedSigning } from "./signing.tsx";
import { ballot, delegation } from "./typedData.ts";
import { WaysOut } from "./waysOut.tsx";

const SUPPORTS = [
  ["For", 1n],
  ["Against", 0n],
  ["Abstain", 2n],
] as const;
type Support = (typeof SUPPORTS)[number];

type VoteProps = { readonly governor: string; readonly id: string; readonly chainId: number };

const shortId = (id: string): string => `${id.slice(0, 10)}…${id.slice(-6)}`;

const voteAction = ({ governor, id }: VoteProps, [words, support]: Support): Action => ({
  words: `Vote ${words.toLowerCase()} on proposal ${shortId(id)}`,
  to: governor,
  name: "castVote(uint256,uint8)",
  args: [BigInt(id), support],
});

const voteTyped = (props: VoteProps, holder: HolderDocument, choice: Support): Typed => {
  const [id, support] = [BigInt(props.id), choice[1]];
  return {
    data: ballot(holder, { contract: props.governor, chainId: props.chainId }, { id, support }),
    actionOf: (signature: KeySignature) => ({
      words: `${voteAction(props, choice).words}, as ${holder.account} signed it`,
      to: props.governor,
      name: "castVoteBySig(uint256,uint8,address,bytes)",
      args: [id, support, holder.account, packed(signature)],
    }),
  };
};

const Voting = ({ holder, ...props }: VoteProps & { readonly holder: HolderDocument }) => {
  const [choice, setChoice] = useState<Support | undefined>(undefined);
  return (
    <>
      <p class="sub">It votes with {exact(holder.votes)} now; what it had when the vote began counts.</p>
      <div class="choices" role="group" aria-label="How to vote">
        {SUPPORTS.map((one) => (
          <button
            key={one[0]}
            type="button"
            class="button"
            aria-pressed={choice === one}
            onClick={() => setChoice(one)}
          >
            {one[0]}
          </button>
        ))}
      </div>
      {choice === undefined ? null : (
        <WaysOut key={choice[0]} action={voteAction(props, choice)} account={holder.account} chainId={props.chainId}>
          <TypedSigning typed={voteTyped(props, holder, choice)} account={holder.account} chainId={props.chainId} />
        </WaysOut>
      )}
    </>
  );
};

/** A vote without a wallet in this browser. */
export const VoteOutside = (props: VoteProps) => (
  <ForAccount>{(holder) => <Voting key={holder.account} {...props} holder={holder} />}</ForAccount>
);

type DelegateProps = { readonly token: string; readonly chainId: number };

/** A signed delegation that nobody sent in time ends, in seconds. */
const VALID_SECONDS = 7n * 86_400n;

const delegateTyped = ({ token, chainId }: DelegateProps, holder: HolderDocument, delegatee: string): Typed => {
  // Whole days, so that what is signed does not change while somebody signs it.
  const expiry = (BigInt(holder.asOf.time) / 86_400n) * 86_400n + VALID_SECONDS;
  return {
    data: delegation(holder, { contract: token, chainId }, { delegatee, expiry }),
    actionOf: ({ r, s, v }) => ({
      words: `Let the tokens of ${holder.account} vote with ${delegatee}, as it signed it`,
      to: token,
      name: "delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)",
      args: [delegatee, BigInt(holder.token.nonce), expiry, v, r, s],
    }),
  };
};

const Delegating = ({ holder, ...props }: DelegateProps & { readonly holder: HolderDocument }) => {
  const [text, setText] = useState(holder.account);
  const whom = addressIn(text);
  return (
    <>
      <p class="sub">
        It holds {exact(holder.tokens)}
        {holder.delegate === null ? ", which vote with nobody yet." : `, which vote with ${holder.delegate}.`}
      </p>
      <Field
        id="delegatee"
        label="Delegate to"
        value={text}
        says={whom === undefined ? "This is no address, or a digit of it is wrong." : ""}
        isWarning={whom === undefined}
        onType={setText}
      />
      {whom === undefined ? null : (
        <WaysOut
          key={whom}
          action={{
            words: whom === holder.account ? "Let my tokens vote with me" : `Let my tokens vote with ${whom}`,
            to: props.token,
            name: "delegate(address)",
            args: [whom],
          }}
          account={holder.account}
          chainId={props.chainId}
        >
          <TypedSigning typed={delegateTyped(props, holder, whom)} account={holder.account} chainId={props.chainId} />
        </WaysOut>
      )}
    </>
  );
};

/** A delegation without a wallet in this browser. */
export const DelegateOutside = (props: DelegateProps) => (
  <ForAccount>{(holder) => <Delegating key={holder.account} {...props} holder={holder} />}</ForAccount>
);
