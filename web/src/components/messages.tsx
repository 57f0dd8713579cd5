/** Where messages appear. What draws them is loaded once somebody does something: before that there is nothing to say. */

import type { ComponentType } from "react";
import { Suspense, lazy, useEffect, useState } from "react";

const DOING = ["pointerdown", "keydown"] as const;

const Drawn = lazy<ComponentType>(() =>
  import("./drawn-messages").then(
    ({ Notifications }) => ({ default: Notifications as ComponentType }),
    () => ({ default: () => null }), // the page itself is worth more than its messages
  ),
);

export function Messages() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const want = () => {
      setWanted(true);
    };
    for (const name of DOING) window.addEventListener(name, want, { once: true, capture: true });
    return () => {
      for (const name of DOING) window.removeEventListener(name, want, { capture: true });
    };
  }, []);
  if (!wanted) return null;
  return (
    <Suspense>
      <Drawn />
    </Suspense>
  );
}
