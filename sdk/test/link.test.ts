import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs } from "../src/session/backoff.js";
import { Link, type LinkState } from "../src/session/link.js";

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  binaryType = "";
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  drop(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(): void {
    this.readyState = 3;
  }
}

function newest(): FakeSocket {
  const socket = FakeSocket.all[FakeSocket.all.length - 1];
  if (socket === undefined) throw new Error("no socket was made");
  return socket;
}

describe("back-off", () => {
  it("grows to a limit and is spread over the whole range", () => {
    expect(backoffMs(0, 0)).toBe(150);
    expect(backoffMs(0, 0.999)).toBeLessThan(751);
    expect(backoffMs(3, 0.5)).toBe(150 + 2400);
    expect(backoffMs(50, 0.999)).toBeLessThanOrEqual(15_150);
  });
});

describe("the link", () => {
  const states: LinkState[] = [];
  const calls: string[] = [];
  let link: Link;

  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
    });
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("addEventListener", () => undefined);
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    FakeSocket.all = [];
    states.length = 0;
    calls.length = 0;
    link = new Link("ws://relay/ws", {
      opened: () => calls.push("opened"),
      received: (bytes) => calls.push(`received ${bytes.length}`),
      changed: (state) => states.push(state),
      quiet: () => calls.push("quiet"),
    });
    link.start();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("connects, hands over bytes, and comes back after a loss", () => {
    newest().open();
    newest().onmessage?.({ data: new ArrayBuffer(3) });
    expect(calls).toEqual(["opened", "received 3"]);
    newest().drop(1006);
    expect(states.map((state) => state.kind)).toEqual(["connecting", "online", "waiting"]);
    vi.advanceTimersByTime(449);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(2);
    expect(link.state).toEqual({ kind: "connecting", again: true });
  });

  it("waits longer each time a connection fails, and starts over after a stable one", () => {
    const waits = [450, 750, 1350];
    for (const wait of waits) {
      const before = FakeSocket.all.length;
      newest().drop(1006);
      vi.advanceTimersByTime(wait - 1);
      expect(FakeSocket.all).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(FakeSocket.all).toHaveLength(before + 1);
    }
    newest().open();
    for (let second = 0; second < 11; second += 1) {
      vi.advanceTimersByTime(1000);
      newest().onmessage?.({ data: new ArrayBuffer(1) });
    }
    newest().drop(1006);
    vi.advanceTimersByTime(450);
    expect(FakeSocket.all).toHaveLength(waits.length + 2);
  });

  it("does not come back by itself when the server forbids it, but does when asked", () => {
    newest().open();
    newest().drop(4010);
    expect(link.state.kind).toBe("closed");
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    link.retryNow();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("asks for a sign of life, then gives a silent socket up", () => {
    newest().open();
    vi.advanceTimersByTime(9_500);
    expect(calls).toEqual(["opened", "quiet"]);
    vi.advanceTimersByTime(8_000);
    expect(states.some((state) => state.kind === "waiting")).toBe(true);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it("keeps the peace a restarting server asked for", () => {
    newest().open();
    link.holdOff(5_000);
    newest().drop(1012);
    vi.advanceTimersByTime(5_449);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("ignores a socket it has already given up", () => {
    const first = newest();
    first.open();
    link.restart("nonsense");
    vi.advanceTimersByTime(450);
    newest().open();
    first.drop(1006);
    first.onmessage?.({ data: new ArrayBuffer(9) });
    expect(link.state.kind).toBe("online");
    expect(calls).toEqual(["opened", "opened"]);
  });

  it("report_36: a socket that died while the phone was locked is replaced within two seconds", () => {
    newest().open();
    // A minute in which no timer ran and nothing came.
    vi.advanceTimersByTime(5_000);
    const asked = calls.filter((call) => call === "quiet").length;
    link.probe();
    link.probe();
    expect(calls.filter((call) => call === "quiet").length).toBe(asked + 1);
    expect(FakeSocket.all.length).toBe(1);
    vi.advanceTimersByTime(1_500);
    expect(FakeSocket.all.length).toBe(2);
    expect(FakeSocket.all[0]?.readyState).toBe(3);
    newest().open();
    expect(link.state.kind).toBe("online");
    expect(calls.filter((call) => call === "opened").length).toBe(2);
  });

  it("report_29: a socket that answers when somebody looks again stays", () => {
    newest().open();
    vi.advanceTimersByTime(5_000);
    link.probe();
    newest().onmessage?.({ data: new ArrayBuffer(3) });
    vi.advanceTimersByTime(3_000);
    expect(FakeSocket.all.length).toBe(1);
    // One that is waiting to come back does not wait.
    newest().drop(1006);
    link.probe();
    expect(FakeSocket.all.length).toBe(2);
    link.stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all.length).toBe(2);
  });
});
