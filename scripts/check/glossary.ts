import type { Files } from "./repository.ts";

const GLOSSARY = "docs/GLOSSARY.md";
const ENTRY = /^- \*\*([^*]+)\*\*/gm;

/** Words that the glossary explains more than once: a word has one meaning. */
export const glossaryFindings = (files: Files): readonly string[] => {
  const words = [...(files.get(GLOSSARY) ?? "").matchAll(ENTRY)].map(([, word = ""]) => word);
  return [...Map.groupBy(words, (word) => word.toLowerCase())]
    .filter(([, places]) => places.length > 1)
    .map(([word, places]) => `${GLOSSARY}: ${word} is explained ${places.length} times: one word, one meaning`);
};
