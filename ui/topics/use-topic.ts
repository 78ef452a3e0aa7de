import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { followFeed } from "../feed.js";
import { link } from "../router.js";

/** One message as the server shows it. */
export interface TopicMessage {
  readonly id: number;
  readonly time: number;
  readonly header: Readonly<Record<string, string>>;
  /** Text, or base64 where the bytes are no text. */
  readonly body: string;
  readonly encoding: "json" | "utf8" | "base64";
  /** Bytes of the whole body, where only its beginning came. */
  readonly size?: number;
}

export type Listening = "off" | "opening" | "on" | "lost";

const most = 300;
/** Milliseconds over which the rate is taken. */
const window = 10_000;

/** Follows a topic from `listen` on; while paused, messages are counted and not shown. */
export function useTopic(topic: string) {
  const [state, setState] = useState<Listening>("off");
  const [messages, setMessages] = useState<readonly TopicMessage[]>([]);
  const [paused, setPaused] = useState(false);
  const [missed, setMissed] = useState(0);
  const [rate, setRate] = useState(0);
  const end = useRef<(() => void) | undefined>(undefined);
  const pausing = useRef(false);
  const arrivals = useRef<number[]>([]);
  pausing.current = paused;

  const stop = useCallback(() => {
    end.current?.();
    end.current = undefined;
    setState("off");
  }, []);
  const listen = useCallback(() => {
    end.current?.();
    setState("opening");
    let serial = 0;
    const take = (sent: Omit<TopicMessage, "id">) => {
      arrivals.current.push(Date.now());
      if (pausing.current) return setMissed((old) => old + 1);
      const message = { ...sent, id: serial++ };
      setMessages((old) => [message, ...old].slice(0, most));
    };
    const reactions = { subscribed: () => setState("on"), message: take };
    end.current = followFeed(link("/topics", { topic }), reactions, () => setState("lost"));
  }, [topic]);
  useEffect(() => stop, [stop]);
  useEffect(() => {
    if (state === "off") return;
    const timer = setInterval(() => {
      const since = Date.now() - window;
      arrivals.current = arrivals.current.filter((time) => time > since);
      setRate(arrivals.current.length / (window / 1_000));
    }, 1_000);
    return () => clearInterval(timer);
  }, [state]);
  const pause = useCallback((next: boolean) => {
    setPaused(next);
    if (!next) setMissed(0);
  }, []);
  const clear = useCallback(() => setMessages([]), []);
  return { state, messages, paused, missed, rate, listen, stop, pause, clear };
}
