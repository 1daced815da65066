import { Link } from "wouter-preact";
import type { ProposalDocument } from "../../data/documents.ts";
import { Card } from "../../parts/card.tsx";

/** What owners of a Safe can do about an open proposal of agents: stop it, and let a Critical one pass. */
export const SafeOwners = ({ proposal: { id, path, state, riskClass } }: { readonly proposal: ProposalDocument }) =>
  path !== "slow" || !state.isOpen ? null : (
    <Card title="For owners of a Safe" aside="signed by each, sent by anybody">
      <p class="choices">
        <Link class="button" href={`/safe?veto=${id}`}>
          Veto it
        </Link>
        {riskClass === "Critical" ? (
          <Link class="button" href={`/safe?cosign=${id}`}>
            Co-sign it
          </Link>
        ) : null}
      </p>
    </Card>
  );
