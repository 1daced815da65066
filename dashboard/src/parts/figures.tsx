import type { ComponentChildren } from "preact";
import type { Amount, VoteDocument } from "../data/documents.ts";
import { exact, shown, signed, tone } from "../data/amounts.ts";

/** An amount with as many digits as matter; the exact one on hover and in what is read out. */
export const Figure = ({ amount, digits = 2 }: { readonly amount: Amount; readonly digits?: number }) => (
  <span title={exact(amount)}>
    {shown(amount, digits)} {amount.symbol}
  </span>
);

/** A change: with a sign and the colour of a gain or a loss. */
export const Change = ({ amount, digits = 2 }: { readonly amount: Amount; readonly digits?: number }) => (
  <span class={tone(amount)} title={exact(amount)}>
    {signed(amount, digits)}
  </span>
);

/** Names and values beside one another. */
export const Facts = ({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[];
}) => (
  <dl class="facts live">
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

const counted = (votes: readonly VoteDocument[], support: VoteDocument["support"]): number =>
  votes.filter((vote) => vote.support === support).length;

/** A filled dot is a vote for, a struck one against, an empty one abstains. */
export const Votes = ({ votes }: { readonly votes: readonly VoteDocument[] }) => {
  const words = `${counted(votes, "for")} for, ${counted(votes, "against")} against`;
  return (
    <span class="votes" role="img" aria-label={words} title={words}>
      {votes.map(({ voter, support }) => (
        <i class={support} key={voter} />
      ))}
    </span>
  );
};

/** A hash in groups of eight, to be compared with what a wallet or an explorer shows. */
export const Digest = ({ hash }: { readonly hash: string }) => {
  const groups = (hash.startsWith("0x") ? hash.slice(2) : hash).match(/.{1,8}/g) ?? [];
  return (
    <p class="digest" title={hash}>
      {groups.map((group, index) => (
        <span key={index}>{index === 0 ? `0x${group}` : group}</span>
      ))}
    </p>
  );
};

/** Both ends of an address; the whole of it on hover. */
export const Address = ({ address }: { readonly address: string }) => (
  <code title={address}>
    {address.slice(0, 8)}…{address.slice(-6)}
  </code>
);
