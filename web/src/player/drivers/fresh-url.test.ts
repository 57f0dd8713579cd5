import { describe, expect, it } from "vitest";

import { FreshUrl } from "./fresh-url";

const offer = (url: string, renew: () => Promise<string> = () => Promise.reject(new Error("not asked"))) => ({
  url,
  live: false,
  renew,
});

describe("FreshUrl", () => {
  it("finds a line of the playlist below the newest address", () => {
    const address = new FreshUrl(offer("https://eu.example/play/old/screen.m3u8"));
    address.use(offer("https://eu.example/play/new/screen.m3u8"));
    expect(address.resolve("1-5.m4s")).toBe("https://eu.example/play/new/1-5.m4s");
  });

  it("asks once, however many wait", async () => {
    let asked = 0;
    const address = new FreshUrl(
      offer("https://a.example/1", () => {
        asked += 1;
        return Promise.resolve(`https://a.example/${String(asked + 1)}`);
      }),
    );
    await Promise.all([address.renew(), address.renew()]);
    expect([asked, address.current]).toEqual([1, "https://a.example/2"]);
    await address.renew();
    expect(address.current).toBe("https://a.example/3");
  });

  it("keeps the old address when the question fails", async () => {
    const address = new FreshUrl(offer("https://a.example/1"));
    await expect(address.renew()).rejects.toThrow("not asked");
    expect(address.current).toBe("https://a.example/1");
  });
});
