/**
 * An endpoint as it may be printed: where it is, without user, password, path and query, which hold keys. What was left
 * out of the path shows as "…".
 */
export const shownEndpoint = (url: string): string => {
  if (!URL.canParse(url)) return "an endpoint that is no URL";
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname.length > 1 || search !== "" ? "/…" : ""}`;
};

/** Without the punctuation that a sentence puts behind an address. */
const ENDPOINTS = /\b(?:wss?|https?):\/\/[^\s"'<>\\)\]}]*[^\s"'<>\\)\]}:.,;!?]/gi;

/** A text in which each endpoint stands as {@link shownEndpoint} has it: what a library or a node says may repeat one. */
export const withoutSecrets = (text: string): string => text.replace(ENDPOINTS, shownEndpoint);
