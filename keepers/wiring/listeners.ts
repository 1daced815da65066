import type { EmitEvent } from "../core/events.ts";
import type { Common } from "./agentKind.ts";

/** Tells each event to whoever runs the process, and to those of its agents that listen. */
export const tellAll = (emit: EmitEvent): Pick<Common, "emit" | "hear"> => {
  const listeners = new Set<EmitEvent>();
  return {
    emit: (event) => {
      emit(event);
      for (const listener of listeners) listener(event);
    },
    hear: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
