/** A WAV file of so many milliseconds of silence, in 8 bits at 8 kHz: http://soundfile.sapp.org/doc/WaveFormat/ */
export const silence = (ms: number): Uint8Array<ArrayBuffer> => {
  const samples = ms * 8;
  const view = new DataView(new ArrayBuffer(44 + samples));
  const text = (at: number, letters: string): void =>
    [...letters].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 8_000, true);
  view.setUint32(28, 8_000, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, samples, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.fill(128, 44);
  return bytes;
};
