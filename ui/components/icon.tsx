const shapes = {
  home: "M3 9.5 10 4l7 5.5V17h-4.5v-4.5h-5V17H3z",
  services: "M4 5h12M4 10h12M4 15h12",
  query: "M4 4.5h12v9H9.5L6 16.5v-3H4z",
  topics:
    "M10 10h.01M6.8 13.2a4.5 4.5 0 0 1 0-6.4m6.4 0a4.5 4.5 0 0 1 0 6.4M4.3 15.7a8 8 0 0 1 0-11.4m11.4 0a8 8 0 0 1 0 11.4",
  events: "M10 5.5V10l3 2M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0z",
  stats: "M4 16V9.5m4 6.5V4m4 12v-5m4 5V7",
  map: "M7 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0zm10-2a2 2 0 1 1-4 0 2 2 0 0 1 4 0zm-2 10a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM7 6.600l6-1.200M6.400 8.400l5.200 5.200M14.700 7l-1.300 6",
  terminal: "m4.500 6 4 4-4 4M10.500 14.500h5",
  menu: "M4 6h12M4 10h12M4 14h12",
  sun: "M10 3v1.500m0 11V17m7-7h-1.500m-11 0H3m11.950-4.950-1.060 1.060m-7.780 7.780-1.060 1.060m9.900 0-1.060-1.060M6.110 6.110 5.050 5.050M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
  moon: "M16.500 11.800A6.500 6.500 0 0 1 8.200 3.500a6.700 6.700 0 1 0 8.300 8.300z",
  auto: "M10 3.500v13a6.500 6.500 0 0 0 0-13zm0 0a6.500 6.500 0 0 0 0 13",
  copy: "M7 7V3.500h9.500V13H13M3.500 7H13v9.500H3.500z",
  check: "m4.500 10.500 3.500 3.500 7.500-8",
  help: "M7.500 7.500a2.500 2.500 0 1 1 3.700 2.200c-.8.500-1.200 1-1.200 1.800M10 14.500h.01",
  close: "m5 5 10 10M15 5 5 15",
  plus: "M10 4.500v11M4.500 10h11",
  out: "M8 4H4v12h12v-4M11 4h5v5m0-5-7 7",
  play: "M6.500 4.500v11l9-5.500z",
  stop: "M5.500 5.500h9v9h-9z",
  pause: "M7 5v10m6-10v10",
  leave: "M8 4H4v12h4m4-9 3 3-3 3m3-3H7.500",
} as const;

export type IconName = keyof typeof shapes;

/** A line drawing of 20 by 20, without meaning of its own: what it stands beside says it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
