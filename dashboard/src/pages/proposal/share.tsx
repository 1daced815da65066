import { useState } from "preact/hooks";

type Told = "nothing" | "copied" | "failed";
const WORDS = { nothing: "Share", copied: "Link copied", failed: "Copy the address of this page" } as const;

/** Gives a link to this proposal away: by the device's own means where it has some, else by its clipboard. */
export const Share = ({ title }: { readonly title: string }) => {
  const [told, setTold] = useState<Told>("nothing");
  const share = async (): Promise<void> => {
    const url = `${location.origin}${location.pathname}`;
    // A browser without it has no such function, whatever the types say.
    if (Reflect.has(navigator, "share")) await navigator.share({ title, url });
    else {
      await navigator.clipboard.writeText(url);
      setTold("copied");
    }
  };
  const isDismissed = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";
  return (
    <button
      type="button"
      class="button"
      onClick={() => void share().catch((error: unknown) => (isDismissed(error) ? undefined : setTold("failed")))}
    >
      {WORDS[told]}
    </button>
  );
};
