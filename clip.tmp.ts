import { launchBrowser } from "./e2e/support/browser.ts";
const [url, cookie, out, p, w, scheme, ...ys] = process.argv.slice(2) as string[];
const browser = await launchBrowser(); const ctx = await browser.newContext({ viewport: { width: Number(w), height: 1400 }, colorScheme: scheme as "dark" });
const [n, v] = cookie!.split("="); await ctx.addCookies([{ name: n!, value: v!, url: url! }]);
const page = await ctx.newPage(); await page.goto(url! + p); await page.waitForLoadState("networkidle").catch(()=>0); await page.waitForTimeout(600);
if (process.env.H2) console.log(await page.$$eval("h1,h2,h3,h4,caption,summary", es => es.map(e => `${Math.round(e.getBoundingClientRect().top + scrollY)} ${e.tagName} ${e.textContent?.slice(0,80)}`).join("\n")));
for (const y of ys) { await page.evaluate(y => scrollTo(0, y), Number(y)); await page.waitForTimeout(200); await page.screenshot({ path: `${out}-${y}.png` }); }
await browser.close();
