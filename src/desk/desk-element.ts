// What every element of the desk is made on: the words of the desk.
import { deskStringsFor } from '../ui/i18n/desk-strings-for.ts';
import type { DeskStrings } from '../ui/i18n/desk-strings.ts';
import { KefuElement, nearestLang } from '../ui/kefu-element.ts';

export class DeskElement extends KefuElement {
  declare strings: DeskStrings | undefined;

  protected override get words(): DeskStrings {
    return this.strings ?? deskStringsFor(nearestLang(this));
  }
}
