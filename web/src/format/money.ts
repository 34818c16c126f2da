/**
 * Token amounts for people.
 *
 * Amounts are whole numbers of the mint's smallest unit and stay exact (`bigint`) until they are
 * text. Invariant: nothing is rounded that could be read as money owed; trailing zeros go, digits
 * that matter stay.
 */
export interface Token {
  /** Digits after the point of one token. */
  readonly decimals: number;
  readonly symbol: string;
}

const NARROW_SPACE = "\u202f";

/** `1 250.5` for an amount; groups of three, no unit. */
export function amountText(amount: bigint, token: Token): string {
  const digits = amount.toString().padStart(token.decimals + 1, "0");
  const split = digits.length - token.decimals;
  const whole = digits.slice(0, split).replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
  const fraction = digits.slice(split).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** `1 250.5 AUR`. */
export function moneyText(amount: bigint, token: Token): string {
  return token.symbol === ""
    ? amountText(amount, token)
    : `${amountText(amount, token)}\u00a0${token.symbol}`;
}

/** `floor(amount · bps / 10⁴)`, as the program computes shares. */
export function shareOf(amount: bigint, bps: number): bigint {
  return (amount * BigInt(bps)) / 10_000n;
}
