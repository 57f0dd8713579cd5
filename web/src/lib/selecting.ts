/** Whether some text of the page is selected: who has just marked a number in a row wants to copy it, not to open the row. */
export function isSelecting(): boolean {
  return window.getSelection()?.isCollapsed === false;
}
