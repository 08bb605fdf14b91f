// The entry of the second file, `kefu-media.js`: what is needed only where a conversation is on the screen, besides its text.
export { attachMedia } from './attach-media.ts';
export type { MediaHost } from './attach-media.ts';
