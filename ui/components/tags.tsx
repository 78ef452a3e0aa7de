/** Strings by name as small labels. */
export function Tags({ values }: { values: Readonly<Record<string, string>> }) {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <ul class="tags">
      {entries.map(([name, value]) => (
        <li key={name} title={`${name}=${value}`}>
          <span class="prefix">{name}=</span>
          {value}
        </li>
      ))}
    </ul>
  );
}
