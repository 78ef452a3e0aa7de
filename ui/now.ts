import { useEffect, useState } from "preact/hooks";

/** The present time in milliseconds, again every second: ages on the screen grow. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
