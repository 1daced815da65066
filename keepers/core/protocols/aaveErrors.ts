/**
 * The errors of Aave's v3.0 that an agent's call can meet, and what each means. The pool reverts with the number as text. Yei's
 * own number, 128, is not among Aave's.
 */
const AAVE_ERRORS: ReadonlyMap<string, string> = new Map([
  ["13", "the receiver of a flash loan did not return true"],
  ["24", "the amount is so small that it makes no unit of the position"],
  ["25", "the amount is so small that it takes no unit of the position"],
  ["26", "the amount is zero"],
  ["27", "the reserve is not active"],
  ["28", "the reserve is frozen: it takes nothing in, and pays out"],
  ["29", "the reserve is paused: it takes nothing in and pays nothing out"],
  ["30", "the reserve lends nothing"],
  ["32", "more is asked for than was supplied"],
  ["34", "nothing secures the loan"],
  ["35", "the health factor would be below one"],
  ["36", "what was supplied does not secure so large a loan"],
  ["39", "there is no debt of that kind"],
  ["42", "there is no debt to repay"],
  ["43", "nothing was supplied"],
  ["45", "the health factor is not below one: nothing can be liquidated"],
  ["46", "this collateral cannot be liquidated"],
  ["47", "the account did not borrow that asset"],
  ["50", "the reserve lends no more in all"],
  ["51", "the reserve takes no more in all"],
  ["53", "the debt that this collateral may secure in all is reached"],
  ["57", "what is left would not secure the debt"],
  ["59", "the market is closed until its price feeds have been back for a while"],
  ["60", "the asset cannot be borrowed against this collateral"],
  ["89", "the asset can be borrowed only by itself"],
  ["91", "the reserve gives no flash loans"],
  ["128", "only accounts that Yei names may liquidate this debt, whatever the health factor"],
]);

/** What a lending pool's revert means in words; undefined for what is none of its numbers. */
export const aaveErrorWords = (reason: string): string | undefined => AAVE_ERRORS.get(reason);
