import { useEffect, useState } from "preact/hooks";
import { Failed, Ghost } from "./parts/card.tsx";
import type { PageEntry, PageModule } from "./pages/registry.tsx";

const loaded = new Map<PageEntry, PageModule>();

const GONE = {
  what: "This page could not be loaded.",
  next: "Load it again: the gateway may have been replaced by a newer one.",
};

/** A page that is loaded when it is first opened. */
export const LazyPage = ({ entry, id }: { readonly entry: PageEntry; readonly id: string }) => {
  const [, redraw] = useState(0);
  const [hasFailed, setFailed] = useState(false);
  const module = loaded.get(entry);
  useEffect(() => {
    if (loaded.has(entry)) return;
    entry.load().then(
      (found) => {
        loaded.set(entry, found);
        redraw((count) => count + 1);
      },
      () => setFailed(true),
    );
  }, [entry]);
  if (module !== undefined) return <module.Page id={id} />;
  return <section class="card">{hasFailed ? <Failed failure={GONE} /> : <Ghost rows={6} />}</section>;
};
