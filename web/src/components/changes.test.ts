import fc from "fast-check";
import { expect, test } from "vitest";

import { afterSave, applied, realChanges, same, withChange } from "./changes";

const values = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.oneof(fc.boolean(), fc.integer({ min: 0, max: 3 })));

test("a value put back to what is saved is no change", () => {
  const changes = withChange<Record<string, unknown>>({ a: 1, b: 2 }, {}, { a: 5 });
  expect(changes).toEqual({ a: 5 });
  expect(withChange<Record<string, unknown>>({ a: 1, b: 2 }, changes, { a: 1 })).toEqual({});
});

test("unset is a change where something is set", () => {
  expect(realChanges<Record<string, unknown>>({ a: 1 }, { a: undefined, b: undefined })).toEqual({ a: undefined });
});

test("what somebody else saved stays where I changed nothing", () => {
  fc.assert(
    fc.property(values, values, values, (before, mine, theirs) => {
      const changes = realChanges(before, mine);
      const result = applied<Record<string, unknown>>(theirs, changes);
      for (const key of Object.keys(theirs)) if (!(key in changes)) expect(result[key]).toEqual(theirs[key]);
      for (const [key, value] of Object.entries(changes)) expect(result[key]).toEqual(value);
    }),
  );
});

test("after saving, nothing is left to change", () => {
  fc.assert(
    fc.property(values, values, (saved, changes) => {
      expect(realChanges(applied<Record<string, unknown>>(saved, changes), changes)).toEqual({});
    }),
  );
});

test("what is changed while it is being saved stays a change, and so does what is put back", () => {
  const sent = { a: 2, c: 7, d: undefined };
  const meanwhile = { a: 1, b: 5, c: 7, d: undefined };
  expect(afterSave<Record<string, unknown>>(meanwhile, sent)).toEqual({ a: 1, b: 5 });
  fc.assert(
    fc.property(values, values, values, (saved, changes, more) => {
      const shown = applied<Record<string, unknown>>(applied<Record<string, unknown>>(saved, changes), more);
      const left = afterSave<Record<string, unknown>>({ ...changes, ...more }, changes);
      expect(applied<Record<string, unknown>>(applied<Record<string, unknown>>(saved, changes), left)).toEqual(shown);
    }),
  );
});

test("sameness looks into lists and records", () => {
  expect(same({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toBe(true);
  expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  expect(same([], {})).toBe(false);
});
