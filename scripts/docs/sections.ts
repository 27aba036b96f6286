const section = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * Returns a page with its generated sections filled in anew.
 *
 * @param sections functions of the page's path, by the names of the sections
 * @throws Error if the page has a section of another name
 */
export function fillSections(
  text: string,
  page: string,
  sections: ReadonlyMap<string, (page: string) => string>,
): string {
  return text.replace(section, (_, start: string, name: string, end: string) => {
    const generate = sections.get(name);
    if (generate === undefined) {
      throw new Error(
        `${page}: no generated section is called "${name}", only ${[...sections.keys()].join(", ")}`,
      );
    }
    return `${start}\n${generate(page)}\n\n${end}`;
  });
}
