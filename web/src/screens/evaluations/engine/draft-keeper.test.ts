import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Kept, Outcome, Ports, Saved } from "./draft-keeper";
import { DraftKeeper } from "./draft-keeper";
import { KeptDrafts } from "./kept";
import type { Content } from "./merge";
import { COMMENT, isSame, merge } from "./merge";
import type { Score } from "./model";

const SCORE: Score = { total: null, failed: false, sections: [], questions: [] };
const EMPTY: Content = { answers: {}, comment: "" };

function said(answers: Record<string, string>, comment = ""): Content {
  return {
    answers: Object.fromEntries(Object.entries(answers).map(([id, value]) => [id, { value, na: false, comment: "" }])),
    comment,
  };
}

/** A server with one draft, that can be out of reach. */
class Server {
  saved: Saved;
  reachable = true;
  refusal: unknown = null;
  sent = 0;
  constructor(content: Content) {
    this.saved = { revision: 1, content };
  }
  send = async ({ revision, content }: Saved): Promise<Outcome> => {
    this.sent += 1;
    await Promise.resolve();
    if (!this.reachable) return { kind: "later", error: "offline" };
    if (this.refusal !== null) return { kind: "refused", error: this.refusal };
    if (!isSame(content, this.saved.content)) {
      if (revision !== this.saved.revision) return { kind: "changed", current: this.saved };
      this.saved = { revision: revision + 1, content };
    }
    return { kind: "saved", saved: { ...this.saved, result: SCORE, problems: [] } };
  };
}

class Desk {
  kept: Kept | null = null;
  timers: (() => void)[] = [];
  readonly keeper: DraftKeeper;
  constructor(server: Server, kept: Kept | null = null) {
    const ports: Ports = {
      send: server.send,
      keep: (one) => {
        this.kept = one;
      },
      later: (run) => {
        this.timers.push(run);
        return () => {
          this.timers = this.timers.filter((one) => one !== run);
        };
      },
    };
    this.keeper = new DraftKeeper({ ...server.saved, result: SCORE, problems: [] }, kept, ports);
  }
  get view() {
    return this.keeper.getView();
  }
  async pass(): Promise<void> {
    for (const run of this.timers.splice(0)) run();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe("a draft", () => {
  it("is kept at once and saved a moment later, once for several changes", async () => {
    const server = new Server(EMPTY);
    const desk = new Desk(server);
    desk.keeper.change(said({ a: "y" }));
    desk.keeper.change(said({ a: "yes" }));
    expect(desk.kept?.content).toEqual(said({ a: "yes" }));
    expect(server.sent).toBe(0);
    await desk.pass();
    expect(server.saved).toEqual({ revision: 2, content: said({ a: "yes" }) });
    expect([desk.view.phase, desk.kept]).toEqual(["saved", null]);
  });

  it("that changes while it is being saved is saved again", async () => {
    const server = new Server(EMPTY);
    const desk = new Desk(server);
    desk.keeper.change(said({ a: "1" }));
    const flushed = desk.keeper.flush();
    desk.keeper.change(said({ a: "2" }));
    expect(await flushed).toBe(3);
    expect(server.saved.content).toEqual(said({ a: "2" }));
  });

  it("is no clash with itself where the window is closed between two saves", async () => {
    const server = new Server(EMPTY);
    const desk = new Desk(server);
    desk.keeper.change(said({ a: "1" }));
    const flushed = desk.keeper.flush();
    desk.keeper.change(said({ a: "2" }));
    await Promise.resolve();
    server.reachable = false; // before the second save
    await flushed;
    expect(server.saved.content).toEqual(said({ a: "1" }));
    server.reachable = true;
    const again = new Desk(server, desk.kept);
    again.keeper.start();
    await again.pass();
    expect([again.view.phase, server.saved.content]).toEqual(["saved", said({ a: "2" })]);
  });

  it("waits for the network, with everything written meanwhile", async () => {
    const server = new Server(EMPTY);
    const desk = new Desk(server);
    server.reachable = false;
    desk.keeper.change(said({ a: "1" }));
    expect(await desk.keeper.flush()).toBeNull();
    desk.keeper.change(said({ a: "1", b: "2" }));
    expect([desk.view.phase, desk.kept?.content]).toEqual(["waiting", said({ a: "1", b: "2" })]);
    server.reachable = true;
    await desk.pass();
    expect([desk.view.phase, server.saved.content, desk.kept]).toEqual(["saved", said({ a: "1", b: "2" }), null]);
  });

  it("takes in what another window said to other questions", async () => {
    const server = new Server(EMPTY);
    const [one, other] = [new Desk(server), new Desk(server)];
    one.keeper.change(said({ a: "1" }));
    await one.pass();
    other.keeper.change(said({ b: "2" }, "well"));
    await other.pass();
    expect(server.saved.content).toEqual(said({ a: "1", b: "2" }, "well"));
    expect([other.view.phase, other.view.joined]).toEqual(["saved", true]);
  });

  it.each(["mine", "theirs"] as const)("asks where two windows answered the same question; %s holds", async (side) => {
    const server = new Server(EMPTY);
    const [one, other] = [new Desk(server), new Desk(server)];
    one.keeper.change(said({ a: "theirs", b: "2" }));
    await one.pass();
    other.keeper.change(said({ a: "mine" }));
    await other.pass();
    expect([other.view.phase, other.view.clashes]).toEqual(["clash", ["a"]]);
    expect(server.saved.content).toEqual(said({ a: "theirs", b: "2" }));
    other.keeper.choose(new Map([["a", side]]));
    await other.pass();
    expect(server.saved.content).toEqual(said({ a: side, b: "2" }));
    expect(other.view.phase).toBe("saved");
  });

  it("that the server refuses stays on the page and on this computer", async () => {
    const server = new Server(EMPTY);
    const desk = new Desk(server);
    server.refusal = "published";
    desk.keeper.change(said({ a: "1" }));
    await desk.pass();
    expect([desk.view.phase, desk.view.error, desk.kept?.content]).toEqual(["refused", "published", said({ a: "1" })]);
  });

  it("shows what was read from the server again, unless something waits to be saved", async () => {
    const server = new Server(EMPTY);
    const [one, other] = [new Desk(server), new Desk(server)];
    one.keeper.change(said({ a: "1" }));
    await one.pass();
    other.keeper.read({ ...server.saved, result: SCORE, problems: [] });
    expect(other.view.content).toEqual(said({ a: "1" }));
    other.keeper.change(said({ a: "1", b: "2" }));
    other.keeper.read({ revision: 9, content: EMPTY, result: SCORE, problems: [] });
    expect(other.view.content).toEqual(said({ a: "1", b: "2" }));
  });

  it("that was left behind is taken up and joined with what was saved since", async () => {
    const server = new Server(said({ a: "1" }));
    server.saved = { revision: 5, content: said({ a: "1", c: "3" }) };
    const desk = new Desk(server, { base: { revision: 4, content: said({ a: "1" }) }, content: said({ a: "1", b: "2" }) });
    desk.keeper.start();
    await desk.pass();
    expect(server.saved.content).toEqual(said({ a: "1", b: "2", c: "3" }));
  });
});

describe("merging", () => {
  const content = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2")).map((answers) => said(answers));

  it("loses nothing: each side's change is there, or named as a clash", () => {
    fc.assert(
      fc.property(content, content, content, (base, mine, theirs) => {
        const { content: merged, clashes } = merge(base, mine, theirs);
        for (const key of ["a", "b", "c"]) {
          const [was, one, other, now] = [base, mine, theirs, merged].map((each) => each.answers[key]?.value);
          if (clashes.includes(key)) expect([one !== was, other !== was, one !== other]).toEqual([true, true, true]);
          else expect(now).toBe(one === was ? other : one);
        }
      }),
    );
  });

  it("is the same from either side where nothing clashes", () => {
    fc.assert(
      fc.property(content, content, content, (base, mine, theirs) => {
        const [one, other] = [merge(base, mine, theirs), merge(base, theirs, mine)];
        expect(one.clashes.length).toBe(other.clashes.length);
        if (one.clashes.length === 0) expect(isSame(one.content, other.content)).toBe(true);
      }),
    );
  });

  it("names the comment on the call among the clashes", () => {
    expect(merge(said({}, "was"), said({}, "mine"), said({}, "theirs")).clashes).toEqual([COMMENT]);
  });
});

class FakeStorage {
  readonly map = new Map<string, string>();
  get length() {
    return this.map.size;
  }
  key = (index: number) => [...this.map.keys()][index] ?? null;
  getItem = (key: string) => this.map.get(key) ?? null;
  setItem = (key: string, value: string) => {
    this.map.set(key, value);
  };
  removeItem = (key: string) => {
    this.map.delete(key);
  };
}

describe("kept drafts", () => {
  it("of two windows do not overwrite each other, and are cleared once saved", () => {
    const store = new FakeStorage();
    const base = { revision: 1, content: EMPTY };
    new KeptDrafts(store, "e1", "w1").keep({ base, content: said({ a: "1" }) });
    new KeptDrafts(store, "e1", "w2").keep({ base, content: said({ b: "2" }) });
    new KeptDrafts(store, "e2", "w1").keep({ base, content: said({ z: "9" }) });
    const third = new KeptDrafts(store, "e1", "w3");
    expect(third.left?.content).toEqual(said({ a: "1", b: "2" }));
    third.keep(null);
    expect(new KeptDrafts(store, "e1", "w4").left).toBeNull();
    expect(new KeptDrafts(store, "e2", "w4").left?.content).toEqual(said({ z: "9" }));
  });

  it("that cannot be read are left alone", () => {
    const store = new FakeStorage();
    store.setItem("deskreel.evaluation.e1.w1", "{");
    store.setItem("deskreel.evaluation.e1.w2", '{"at":1,"base":{"revision":1}}');
    expect(new KeptDrafts(store, "e1", "w3").left).toBeNull();
  });
});
