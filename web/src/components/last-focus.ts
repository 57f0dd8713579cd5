/**
 * Where the focus was last outside of dialogs. A dialog gives it back to what had it when it opened, which is gone
 * where one dialog led to the next: then it goes here.
 */

let last: HTMLElement | null = null;

document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLElement && target.closest("[role=dialog]") === null) last = target;
});

/** When a dialog has faded out, unless something else has the focus by then. What was pressed in it goes only after this call. */
export function giveFocusBack(): void {
  setTimeout(() => {
    if (document.activeElement === document.body && last?.isConnected === true) last.focus({ preventScroll: true });
  });
}
