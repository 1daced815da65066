import { printable } from "../../../keepers/core/printable.ts";

/** A wallet as EIP-1193 has it. */
export type WalletProvider = {
  readonly request: (request: { readonly method: string; readonly params?: readonly unknown[] }) => Promise<unknown>;
  readonly on?: (event: string, listener: (value: unknown) => void) => void;
};

/** A wallet that made itself known, by EIP-6963. `icon` is only ever a picture that it brought itself. */
export type FoundWallet = {
  readonly id: string;
  readonly name: string;
  readonly icon: string | undefined;
  readonly provider: WalletProvider;
};

/** Whether something can be asked as a wallet is. */
export const isProvider = (value: unknown): value is WalletProvider =>
  typeof value === "object" && value !== null && "request" in value && typeof value.request === "function";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const textIn = (record: Readonly<Record<string, unknown>>, name: string): string => {
  const value = record[name];
  return typeof value === "string" ? value : "";
};

const MAX_NAME = 40;
/** More of a text than this is not even looked at. */
const MOST_READ = 1_000;

/** A text of a wallet or an extension: on one line, every character seen, and no more than `most` of them. */
export const shortText = (text: string, most: number): string => {
  const seen = printable(text.slice(0, MOST_READ).replaceAll(/\s+/g, " ").trim());
  const characters = Array.from(seen);
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : seen;
};

/** What was announced, if it is a wallet. An icon from anywhere but the announcement itself is not loaded. */
export const readAnnouncement = (detail: unknown): FoundWallet | undefined => {
  if (!isRecord(detail) || !isRecord(detail["info"]) || !isProvider(detail["provider"])) return undefined;
  const info = detail["info"];
  const icon = textIn(info, "icon");
  return {
    id: textIn(info, "uuid"),
    name: shortText(textIn(info, "name"), MAX_NAME) || "A wallet without a name",
    icon: /^data:image\/(?:png|jpeg|webp|gif|svg\+xml)[;,]/.test(icon) ? icon : undefined,
    provider: detail["provider"],
  };
};
