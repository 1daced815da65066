import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Ghost } from "./card.tsx";

const GONE = {
  what: "This part of the page could not be loaded.",
  next: "Load the page again: the gateway may have been replaced by a newer one.",
};

type Loaded<P> = { readonly Part: ComponentType<P> } | "failed" | undefined;

/** A part of a page whose code is loaded when it is first shown. */
export const later = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> =>
  function Later(props: P) {
    const [loaded, setLoaded] = useState<Loaded<P>>(undefined);
    useEffect(() => {
      load().then(
        (Part) => setLoaded({ Part }),
        () => setLoaded("failed"),
      );
    }, []);
    if (loaded === undefined) return <Ghost rows={2} />;
    return loaded === "failed" ? <Failed failure={GONE} /> : <loaded.Part {...props} />;
  };
