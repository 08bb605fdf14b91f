// The entry of the desk's script.
import { defineDesk } from './define.ts';

export { KefuDesk } from './kefu-desk.ts';

defineDesk();
