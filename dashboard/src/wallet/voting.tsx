import { useEffect, useState } from "preact/hooks";
import { exact } from "../data/amounts.ts";
import type { MetaDocument, ProposalDocument } from "../data/documents.ts";
import { load, slots } from "../data/store.ts";
import { DelegateWithout, VoteWithout } from "../outside/without.tsx";
import { Told, WalletCard, walletOn } from "./parts.tsx";
import { addressAt, encode, wordAt } from "../data/selectors.ts";
import type { Session } from "./session.ts";
import { useCalls, useSending } from "./useCalls.ts";
import { Card } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { Address } from "../parts/figures.tsx";

const VOTE_TOKEN = { symbol: "votes", decimals: 18 } as const;
/** The governor's numbers. */
const SUPPORTS = [
  ["For", 1n],
  ["Against", 0n],
  ["Abstain", 2n],
] as const;

const useMeta = (): MetaDocument | undefined => {
  useEffect(() => void load("meta"), []);
  return slots.meta.value.document;
};

type VoteProps = { readonly wallet: Session; readonly governor: string; readonly id: string };

const useVote = ({ wallet, governor, id }: VoteProps) => {
  const sending = useSending();
  const asked = { to: governor, data: encode("hasVoted(uint256,address)", BigInt(id), wallet.account) };
  const { answers } = useCalls(wallet, [asked], sending.round);
  const hasVoted = answers?.[0] === undefined ? undefined : wordAt(answers[0], 0) === 1n;
  const vote = (words: string, support: bigint) => (): void => {
    const data = encode("castVote(uint256,uint8)", BigInt(id), support);
    void sending.send(wallet, `Vote ${words.toLowerCase()}`, { to: governor, data });
  };
  return { ...sending, hasVoted, vote };
};

const Buttons = (props: VoteProps) => {
  const { progress, isBusy, hasVoted, vote } = useVote(props);
  return (
    <>
      {hasVoted === true ? (
        <p data-testid="voted">Your vote is counted.</p>
      ) : (
        <div class="choices">
          {SUPPORTS.map(([words, support]) => (
            <button
              key={words}
              type="button"
              class="button"
              disabled={isBusy || hasVoted === undefined}
              onClick={vote(words, support)}
            >
              {words}
            </button>
          ))}
        </div>
      )}
      <Told progress={progress} />
    </>
  );
};

type IdCheck = "computing" | "same" | "other";

/** Whether the calls shown make the number that is voted on, by this page's own reckoning. */
const useIdCheck = (proposal: ProposalDocument): IdCheck => {
  const { id, path, calls, governed } = proposal;
  const key = path === "dao" ? JSON.stringify([id, calls, governed]) : "";
  const [told, setTold] = useState<{ readonly key: string; readonly check: IdCheck } | undefined>(undefined);
  useEffect(() => {
    let isOver = false;
    if (key === "") return undefined;
    void import("./governorId.ts").then(({ governorId }) => {
      const check = governorId(proposal)?.toString(16) === id.toLowerCase().replace(/^0x0*/, "") ? "same" : "other";
      if (!isOver) setTold({ key, check });
    });
    return () => {
      isOver = true;
    };
  }, [key]);
  return told?.key === key ? told.check : "computing";
};

const Ballot = ({ check, ...props }: VoteProps & { readonly check: IdCheck }) => {
  if (check === "computing") return <p class="sub">Computing the proposal's number…</p>;
  if (check === "other") {
    return (
      <p class="sub down" role="alert" data-testid="other-id">
        The calls shown do not make the number of this proposal: this gateway tells something false, or not all. You
        cannot vote here; nexus dao vote asks the chain itself.
      </p>
    );
  }
  return (
    <>
      <Buttons {...props} />
      <p class="sub">
        This page has computed the proposal's number from the targets, values and bytes of its calls. Their words, and
        that the governor is at <code class="told">{props.governor}</code>, are as this gateway tells.
      </p>
    </>
  );
};

/** A member's vote on a proposal of the DAO. */
export const Vote = ({ proposal }: { readonly proposal: ProposalDocument }) => {
  const { id, path, state } = proposal;
  const check = useIdCheck(proposal);
  const meta = useMeta();
  const governor = meta?.contracts["NexusGovernor"];
  if (path !== "dao" || state.code !== "voting" || meta === undefined || governor === undefined) return null;
  const { chainId } = meta.deployment;
  const wallet = walletOn(chainId);
  return (
    <>
      {wallet === undefined ? <WalletCard chainId={chainId} /> : null}
      {wallet === undefined && check === "same" ? <VoteWithout governor={governor} id={id} chainId={chainId} /> : null}
      {wallet === undefined ? null : (
        <Card title="Your vote" aside="weighs what you had when the vote began">
          <Ballot wallet={wallet} governor={governor} id={id} check={check} />
        </Card>
      )}
    </>
  );
};

const NOBODY = /^0x0{40}$/;

const delegateWords = (to: string, account: string) => {
  if (NOBODY.test(to)) return <>Your tokens vote for nobody yet: delegate them, to yourself or to somebody else.</>;
  if (to.toLowerCase() === account.toLowerCase()) return <>Your tokens vote with you.</>;
  return (
    <>
      Your tokens vote with <Address address={to} />.
    </>
  );
};

const isAddress = (text: string): boolean => /^0x[0-9a-fA-F]{40}$/.test(text);

const DelegateTo = ({
  isBusy,
  account,
  onPick,
}: {
  readonly isBusy: boolean;
  readonly account: string;
  readonly onPick: (whom: string) => void;
}) => {
  const [text, setText] = useState("");
  const whom = text.trim();
  return (
    <div class="form">
      <Field id="delegate" label="Delegate to an address" value={text} onType={setText} />
      <div class="choices">
        <button type="button" class="button" disabled={isBusy || !isAddress(whom)} onClick={() => onPick(whom)}>
          Delegate
        </button>
        <button type="button" class="button" disabled={isBusy} onClick={() => onPick(account)}>
          Delegate to myself
        </button>
      </div>
    </div>
  );
};

const Delegation = ({ wallet, token }: { readonly wallet: Session; readonly token: string }) => {
  const { progress, isBusy, round, send } = useSending();
  const { account } = wallet;
  const names = ["balanceOf(address)", "getVotes(address)", "delegates(address)"] as const;
  const { answers } = useCalls(
    wallet,
    names.map((name) => ({ to: token, data: encode(name, account) })),
    round,
  );
  const [held, votes, to] = answers ?? [];
  const delegateTo = (whom: string): void =>
    void send(wallet, "Delegation", { to: token, data: encode("delegate(address)", whom) });
  if (held === undefined || votes === undefined || to === undefined) return null;
  return (
    <Card title="Your votes in the DAO" aside={exact({ units: wordAt(votes, 0).toString(), ...VOTE_TOKEN })}>
      <p data-testid="delegate">{delegateWords(addressAt(to, 0), account)}</p>
      <p class="sub">You hold {exact({ units: wordAt(held, 0).toString(), symbol: "tokens", decimals: 18 })}.</p>
      <DelegateTo isBusy={isBusy} account={account} onPick={delegateTo} />
      <Told progress={progress} />
    </Card>
  );
};

/** What a member's tokens vote with; the wallet is connected here too. */
export const Membership = () => {
  const meta = useMeta();
  const token = meta?.contracts["NexusToken"];
  if (meta === undefined || token === undefined) return null;
  const { chainId } = meta.deployment;
  const wallet = walletOn(chainId);
  if (wallet !== undefined) return <Delegation wallet={wallet} token={token} />;
  return (
    <>
      <WalletCard chainId={chainId} />
      <DelegateWithout token={token} chainId={chainId} />
    </>
  );
};
