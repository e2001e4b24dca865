/** For a field that a person has just asked for: the next key belongs to it. (`autofocus` yields to whatever has the focus.) */
export function takeFocus(field: HTMLElement): void {
  field.focus();
}
