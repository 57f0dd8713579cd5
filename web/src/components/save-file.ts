const READ_MS = 10_000;

/** Hand a file to the browser's downloads. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Large ones are read after the click.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, READ_MS);
}
