/** Lines of our contracts that no test ran, from a coverage report in lcov's format. Mocks are left out. */
export const coverageFindings = (lcov: string): readonly string[] => {
  const records = lcov.split("end_of_record").filter((record) => /^SF:(?:.*\/)?contracts\//m.test(record));
  if (records.length === 0) return ["the coverage report names no contract"];
  return records.flatMap((record) => {
    const path = /^SF:(.+)$/m.exec(record)?.[1] ?? "";
    if (/(?:^|\/)(?:contracts\/mocks|test)\//.test(path)) return [];
    return [...record.matchAll(/^DA:(\d+),0\b/gm)].map((found) => `${path}:${found[1] ?? ""}: no test runs this line`);
  });
};
