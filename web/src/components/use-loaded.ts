/** Code that a page loads when it is first wanted. */

import { useState } from "react";

/** What was loaded, null until then; and the way to load it, after which `then` is called. A load that fails is the page's failure. */
export function useLoaded<T>(load: () => Promise<T>): readonly [T | null, (then?: () => void) => void] {
  const [loaded, setLoaded] = useState<T | null>(null);
  const [failure, setFailure] = useState<{ readonly error: unknown } | null>(null);
  if (failure !== null) throw failure.error;
  const want = (then?: () => void) => {
    load().then(
      (found) => {
        setLoaded(() => found);
        then?.();
      },
      (error: unknown) => {
        // Only looked at from afar: it is tried again when it is wanted.
        if (then) setFailure({ error });
      },
    );
  };
  return [loaded, want];
}
