// A short tone for alarms, made in the browser. Off until somebody turns it on; the choice is remembered.

const KEY = "doorward.sound";
const PAUSE_MILLISECONDS = 2000;
let context = null;
let last = 0;

export function isOn() {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}

/** Turn it on or off; on also plays it once, so that one hears what will come. */
export function turn(on) {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // It holds for this page then.
  }
  if (on) play(true);
}

/** Play it, unless it is off or was just heard. */
export async function play(force = false) {
  if (!force && (!isOn() || Date.now() - last < PAUSE_MILLISECONDS)) return;
  last = Date.now();
  context ??= new AudioContext();
  // A browser lets no page make sounds before somebody touched it.
  if (context.state === "suspended") {
    await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 200))]);
    if (context.state === "suspended") return;
  }
  for (const [delay, frequency] of [[0, 880], [0.18, 660]]) {
    const start = context.currentTime + delay;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.0001, start);
    loudness.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.18);
  }
}
