import { expect, test } from "vitest";

import { preferredLanguage } from ".";

test("the reader's choice comes before the browser's, English is for all others", () => {
  expect(preferredLanguage(null, ["de-AT", "en"])).toBe("de");
  expect(preferredLanguage("en", ["de-AT"])).toBe("en");
  expect(preferredLanguage(null, ["fr", "de"])).toBe("de");
  expect(preferredLanguage("xx", ["fr"])).toBe("en");
});
