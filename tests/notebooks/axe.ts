import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe finds against the accessibility of a page: the rule and the place. */
export async function axeFaults(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(
    `(() => { ${axe.source}; return axe.run(); })()`,
  ) as axe.AxeResults;
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].target}`);
}
