import { type AgentStateWatch, watchAgentState } from "../adapters/chain/agentState.ts";
import type { ChainNode } from "../adapters/chain/node.ts";
import type { Address } from "../core/units.ts";
import type { Common } from "./agentKind.ts";

/** Tells each change of an agent's own state in the registry. */
export const tellAgentState = (
  { addresses: { registry }, emit }: Common,
  { node, name, signer }: { readonly node: ChainNode; readonly name: string; readonly signer: Address },
): void => {
  const onChange: AgentStateWatch["onChange"] = (now, before) => emit({ kind: "agentState", agent: name, now, before });
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: name, what });
  watchAgentState(node, { registry, signer, onChange, onTrouble });
};
