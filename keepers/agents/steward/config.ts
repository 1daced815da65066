import { z } from "zod";
import { amount } from "../../config/shapes.ts";

/** What a steward is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({ collectionBlocks: amount.default(10n) });

export type StewardSettings = z.output<typeof settings>;
