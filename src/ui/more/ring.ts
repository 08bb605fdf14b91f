// Ring: two soft notes for a message that nobody is looking at.

const NOTES_HZ = [784, 1047];
const APART_S = 0.13;
const LONG_S = 0.5;

let context: AudioContext | undefined;

/** Silent until the user has acted in the page: before, browsers allow no sound. */
export const ring = (): void => {
  if (!('userActivation' in navigator) || !navigator.userActivation.hasBeenActive) return;
  try {
    const audio = (context ??= new AudioContext());
    void audio.resume();
    for (const [index, hz] of NOTES_HZ.entries()) {
      const start = audio.currentTime + index * APART_S;
      const tone = new OscillatorNode(audio, { frequency: hz });
      const volume = new GainNode(audio, { gain: 0 });
      volume.gain.setValueAtTime(0.08, start);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + LONG_S);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + LONG_S);
    }
  } catch {
    // no sound device, or too many
  }
};
