import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface VirtualProps<Item> {
  readonly items: readonly Item[];
  /** Pixels of each row, the same for all. */
  readonly rowHeight: number;
  readonly children: (item: Item, index: number) => ComponentChildren;
}

const spare = 8;

/** Renders only the rows in view of a long list that scrolls with the page. */
export function VirtualRows<Item>({ items, rowHeight, children }: VirtualProps<Item>) {
  const box = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  useEffect(() => {
    const measure = () => {
      const top = box.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / rowHeight) - spare);
      const end = first + Math.ceil(innerHeight / rowHeight) + 2 * spare;
      setRange((old) => (old[0] === first && old[1] === end ? old : [first, end]));
    };
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [rowHeight, items.length]);
  const [first, end] = range;
  return (
    <div ref={box} role="rowgroup" class="virtual" style={{ height: `${items.length * rowHeight}px` }}>
      <div role="presentation" class="window" style={{ transform: `translateY(${first * rowHeight}px)` }}>
        {items.slice(first, end).map((item, offset) => children(item, first + offset))}
      </div>
    </div>
  );
}
