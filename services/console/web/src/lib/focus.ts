/** Focuses a field that the person has just opened. (`autofocus` does nothing if another element has the focus.) */
export function takeFocus(field: HTMLElement): void {
  field.focus();
}
