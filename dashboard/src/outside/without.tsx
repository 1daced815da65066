import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { keptSince } from "../data/store.ts";
import { later } from "../parts/later.tsx";

const Exit = later(() => import("./exit.tsx").then(({ ExitOutside }) => ExitOutside));
const Vote = later(() => import("./votes.tsx").then(({ VoteOutside }) => VoteOutside));
const Delegate = later(() => import("./votes.tsx").then(({ DelegateOutside }) => DelegateOutside));

/** A part that is opened by whoever has no wallet in this browser; over figures that this device kept there is none. */
const opened = <P extends object>(title: string, Part: ComponentType<P>): ComponentType<P> =>
  function Without(props: P) {
    const [isOpen, setOpen] = useState(false);
    if (keptSince.value !== undefined) return null;
    return (
      <details class="card" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{title}</summary>
        {isOpen ? <Part {...props} /> : null}
      </details>
    );
  };

/** Deposits and exits, votes, and delegation, by a wallet or a signer elsewhere. */
export const ExitWithout = opened("Without a wallet in this browser", Exit);
export const VoteWithout = opened("Vote without a wallet in this browser", Vote);
export const DelegateWithout = opened("Delegate without a wallet in this browser", Delegate);
