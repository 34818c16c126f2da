/** The page's services, for every component. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Client } from "../client";

export const ClientContext = createContext<Client | undefined>(undefined);

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error("a component stands outside ClientContext");
  return client;
}
