/** Texts from `services/console/locales`, shared with the server-rendered pages. */
import type { Language } from "./duration";

export type Catalogue = Readonly<Record<string, string>>;
export type Parameters = Readonly<Record<string, string | number>>;
export type Translate = (key: string, parameters?: Parameters) => string;

/** Returns the text of a key, or the key if there is no text. `<key>.one` is used for a count of 1. */
export function translator(catalogue: Catalogue): Translate {
  return (key, parameters) => {
    const singular = parameters?.["count"] === 1 ? catalogue[`${key}.one`] : undefined;
    const text = singular ?? catalogue[key] ?? key;
    if (!parameters) return text;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
  };
}

/** Returns the name in the reader's language. */
export function nameOf(thing: { name: string; name_en: string }, language: Language): string {
  return language === "en" ? thing.name_en || thing.name : thing.name;
}

export async function loadCatalogue(language: Language): Promise<Catalogue> {
  const module =
    language === "en" ? await import("../../../locales/en.json") : await import("../../../locales/zh-CN.json");
  return module.default;
}
