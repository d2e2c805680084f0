const FENCE = /^-----(BEGIN|END) ([A-Z0-9 ]{1,64})-----$/;

/**
 * The PEM blocks (RFC 7468) of a text whose label matches, in their order, each with a line feed at its end; what stands around them is
 * left out. undefined when a block lacks its BEGIN or END line.
 */
export function pemBlocks(text: string, label: RegExp): readonly string[] | undefined {
  const blocks: string[] = [];
  let open: { readonly label: string; readonly lines: string[] } | undefined;
  for (const line of text.split('\n').map((each) => each.trim())) {
    open?.lines.push(line);
    const [, fence, name] = FENCE.exec(line) ?? [];
    if (name === undefined) continue;
    if (fence === 'BEGIN' && open === undefined) {
      open = { label: name, lines: [line] };
    } else if (fence === 'END' && open?.label === name) {
      if (label.test(name)) blocks.push(`${open.lines.join('\n')}\n`);
      open = undefined;
    } else return undefined;
  }
  return open === undefined ? blocks : undefined;
}
