import { launchBrowser } from "./e2e/support/browser.ts";
const [url, password, outDir, ...pages] = process.argv.slice(2) as string[];
const r = await fetch(`${url}/api/v1/session`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: "lena@demo.example", password }) });
const c = r.headers.getSetCookie()[0]!.split(";")[0]!; const [n, v] = c.split("=");
if (pages.length === 0) { console.log(c); process.exit(0); }
const browser = await launchBrowser();
for (const [w, scheme] of [[1440,"light"],[1440,"dark"],[390,"light"],[390,"dark"]] as const) {
  const ctx = await browser.newContext({ viewport: { width: w, height: 900 }, colorScheme: scheme });
  await ctx.addCookies([{ name: n!, value: v!, url: url! }]);
  for (const p of pages) { const page = await ctx.newPage(); await page.goto(url + p); await page.waitForLoadState("networkidle").catch(()=>0); await page.waitForTimeout(800);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const f = `${outDir}/${p.replace(/[^a-z0-9]+/gi, "_").slice(0,60)}-${w}-${scheme}.png`;
    await page.screenshot({ path: f, fullPage: true }); console.log(f, over > 0 ? `OVERFLOW ${over}` : ""); await page.close(); }
  await ctx.close();
}
await browser.close();
