/** The exact decimal form of smallest units: `-1234500` of six decimals is "-1.2345". */
export const decimal = (units: bigint, decimals: number): string => {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
};

const grouped = (whole: string): string => whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

/** For people, exactly: thousands apart, and as many digits behind the point as there are. */
export const exactText = (units: bigint, decimals: number): string => {
  const [whole = "0", fraction] = decimal(units, decimals).split(".");
  return `${grouped(whole)}${fraction === undefined ? "" : `.${fraction}`}`;
};

/** The digits that are shown, without a sign: thousands apart, cut off and not rounded. */
const shownDigits = (units: bigint, decimals: number, digits: number): string => {
  const [whole = "0", fraction = ""] = decimal(units < 0n ? -units : units, decimals).split(".");
  return digits === 0 ? grouped(whole) : `${grouped(whole)}.${fraction.slice(0, digits).padEnd(digits, "0")}`;
};

const isNought = (shown: string): boolean => !/[1-9]/.test(shown);

/** For people: thousands apart, so many digits behind the point, cut off and not rounded. What is shown as nought has no sign. */
export const amountText = (units: bigint, decimals: number, digits: number): string => {
  const shown = shownDigits(units, decimals, digits);
  return units < 0n && !isNought(shown) ? `-${shown}` : shown;
};

/** The same with a sign in front of a gain. */
export const signedText = (units: bigint, decimals: number, digits: number): string => {
  const shown = amountText(units, decimals, digits);
  return units > 0n && !isNought(shown) ? `+${shown}` : shown;
};
