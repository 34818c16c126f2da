import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Account {
  readonly name: string;
  readonly address?: string;
  readonly pda?: { readonly seeds: readonly { readonly kind: string; readonly value?: readonly number[] }[] };
}

interface Idl {
  readonly address: string;
  readonly instructions: readonly { readonly name: string; readonly accounts: readonly Account[] }[];
}

const IDL = JSON.parse(readFileSync(new URL("../../idl/aurelius.json", import.meta.url), "utf8")) as Idl;

test("report_27: an IDL client finds the event authority and the program by itself", () => {
  const emitting = IDL.instructions.filter(({ accounts }) =>
    accounts.some(({ name }) => name === "event_authority"),
  );
  expect(emitting.length).toBeGreaterThan(20);
  const seeds = [{ kind: "const", value: [...new TextEncoder().encode("__event_authority")] }];
  for (const { name, accounts } of emitting) {
    const find = (wanted: string) => accounts.find((account) => account.name === wanted);
    expect(find("event_authority")?.pda?.seeds, name).toEqual(seeds);
    expect(find("program")?.address, name).toBe(IDL.address);
  }
});
