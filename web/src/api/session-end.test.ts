import { describe, expect, it } from "vitest";

import { SessionEnd, sendPatiently } from "./session-end";

const URL_OF = "https://deskreel.example/api/v1";

/** A server that knows one session: refuses all others, and keeps what it was sent. */
function server(valid: { token: string }) {
  const taken: string[] = [];
  return {
    taken,
    send: async (request: Request) => {
      if (request.headers.get("X-CSRF-Token") !== valid.token) return new Response(null, { status: 401 });
      taken.push(await request.text());
      return new Response(null, { status: 201 });
    },
  };
}

function writing(path: string, token: string) {
  return new Request(`${URL_OF}${path}`, { method: "POST", body: "a long comment", headers: { "X-CSRF-Token": token } });
}

describe("a session that ends under an open page", () => {
  it("holds what was written and sends it once somebody signed in again", async () => {
    const valid = { token: "new" };
    const end = new SessionEnd();
    end.began();
    const { send, taken } = server(valid);
    const told: boolean[] = [];
    end.subscribe(() => told.push(end.isOver()));
    const answers = ["/comments", "/evaluations"].map((path) => sendPatiently(writing(path, "old"), end, send, () => "new"));
    await expect.poll(() => end.isOver()).toBe(true);
    expect(taken).toEqual([]);
    end.began();
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([201, 201]);
    expect(taken).toEqual(["a long comment", "a long comment"]);
    expect(told).toEqual([true, false]);
  });

  it("lets refusals through when the person leaves, or was never signed in", async () => {
    const end = new SessionEnd();
    const { send } = server({ token: "new" });
    expect((await sendPatiently(writing("/comments", "old"), end, send, () => null)).status).toBe(401);
    end.began();
    const answer = sendPatiently(writing("/comments", "old"), end, send, () => null);
    await expect.poll(() => end.isOver()).toBe(true);
    end.left();
    expect((await answer).status).toBe(401);
  });

  it("does not wait for a wrong password", async () => {
    const end = new SessionEnd();
    end.began();
    const { send } = server({ token: "new" });
    expect((await sendPatiently(writing("/session/password", "old"), end, send, () => "new")).status).toBe(401);
    expect(end.isOver()).toBe(false);
  });
});
